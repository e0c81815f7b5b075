"""Two colleagues of one name are two choices: a page takes a choice by its words, and could mean the other."""

import pytest
from streamlit.testing.v1 import AppTest

from models import Person
from services.database import writing
from tests.factories import Cast
from tests.pages.conftest import Visit
from tests.pages.screen import run
from tests.story import sent_trip

NAME = "李伟"


@pytest.fixture
def namesakes(cast: Cast) -> tuple[Person, Person]:
    with writing() as session:
        for person in (cast.engineer2, cast.stranger, cast.clerk):
            session.get_one(Person, person.id).name = NAME
    return cast.engineer2, cast.stranger


def _meant(app: AppTest, key: str, person: Person) -> int:
    field = next(one for one in app.selectbox if one.key and one.key.endswith(key))
    field.set_value(person.id)
    run(app)
    return next(one.value for one in app.selectbox if one.key and one.key.endswith(key))  # type: ignore[no-any-return]


def test_a_deputy(cast: Cast, visit: Visit, namesakes: tuple[Person, Person]) -> None:
    for person in namesakes:
        assert _meant(visit(cast.department_head, "deputies"), "deputy_id", person) == person.id


def test_a_colleague_who_is_asked(cast: Cast, visit: Visit, namesakes: tuple[Person, Person]) -> None:
    trip = sent_trip(cast)
    for person in namesakes:
        app = visit(cast.department_head, "travel_requests", number=trip.number or "")
        assert _meant(app, ".person", person) == person.id


def test_whoever_takes_over(cast: Cast, visit: Visit, namesakes: tuple[Person, Person]) -> None:
    for person in namesakes:
        app = visit(cast.administrator, "people", person=str(cast.engineer.id))
        assert _meant(app, "people.successor", person) == person.id


def test_whom_a_setting_names(cast: Cast, visit: Visit, namesakes: tuple[Person, Person]) -> None:
    for person in namesakes:
        app = visit(cast.administrator, "settings", setting="deputy.department_head")
        assert _meant(app, ".value", person) == person.id


def test_who_travels(cast: Cast, visit: Visit, namesakes: tuple[Person, Person]) -> None:
    """Also in one department."""
    for person in (*namesakes, cast.clerk):
        assert _meant(visit(cast.engineer, "travel_requests", new="form"), "traveller_id", person) == person.id
