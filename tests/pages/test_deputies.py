"""The page where everyone names his deputy, and the bell that tells what happened."""

import pytest

from services.accounts import disable_person
from services.database import reading, writing
from services.delegation import delegations_around, end_delegation
from tests.factories import NOW, Cast
from tests.pages.conftest import Visit
from tests.pages.screen import bell, en, press, press_named, run, shown, type_in, zh
from tests.services.test_delegation import name
from tests.story import depute, do, events, sent_trip, waits_for
from ui.bell import MOST


def _standing_in(cast: Cast) -> list[tuple[str, str]]:
    with reading() as session:
        return [
            (giver.login, deputy.login) for _, giver, deputy in delegations_around(session, cast.department_head, NOW)
        ]


def test_a_deputy_is_named_on_the_page_and_acts(cast: Cast, visit: Visit) -> None:
    app = visit(cast.department_head, "deputies")
    app = press_named(type_in(app, deputy_id=cast.engineer2.id), zh("deputies.name"))
    assert _standing_in(cast) == [("department_head", "engineer2")]
    assert zh("deputies.mine", name=cast.engineer2.name) in shown(app)
    assert waits_for(cast.engineer2, sent_trip(cast))


def test_what_is_wrong_stands_beside_its_field_and_nothing_is_kept(cast: Cast, visit: Visit) -> None:
    app = press_named(visit(cast.department_head, "deputies"), zh("deputies.name"))
    assert zh("fault.required") in shown(app)
    assert _standing_in(cast) == []


def test_whoever_was_disabled_while_the_form_was_open_is_named(cast: Cast, visit: Visit) -> None:
    app = run(type_in(visit(cast.department_head, "deputies"), deputy_id=cast.engineer2.id))
    with writing() as session:
        disable_person(session, cast.administrator, cast.engineer2.id, NOW)
    app = press_named(app, zh("deputies.name"))
    assert zh("delegation.not_possible", name=cast.engineer2.name) in shown(app)
    assert _standing_in(cast) == []


def test_a_delegation_is_ended_on_the_page(cast: Cast, visit: Visit) -> None:
    name(cast.department_head, cast.engineer2)
    app = press_named(visit(cast.department_head, "deputies", "en"), en("deputies.end"))
    assert _standing_in(cast) == []
    assert en("deputies.none") in shown(app)


def test_the_deputy_sees_for_whom_he_acts_and_ends_nothing(cast: Cast, visit: Visit) -> None:
    name(cast.department_head, cast.engineer2)
    app = visit(cast.engineer2, "deputies")
    assert zh("deputies.theirs", name=cast.department_head.name) in shown(app)
    assert zh("deputies.end") not in [button.label for button in app.button]


def test_the_bell_counts_and_a_paper_that_is_opened_is_read(cast: Cast, visit: Visit) -> None:
    trip = sent_trip(cast)
    app = visit(cast.department_head, "home")
    assert trip.number in " ".join(bell(app))
    visit(cast.department_head, "travel_requests", number=trip.number)
    app = visit(cast.department_head, "home")
    assert trip.number in " ".join(bell(app)), "it is still told"
    assert zh("notice.read_all") not in [button.label for button in app.button]


def test_all_is_read_at_once(cast: Cast, visit: Visit) -> None:
    sent_trip(cast)
    app = visit(cast.department_head, "home")
    assert bell(app)
    app = press_named(app, zh("notice.read_all"))
    assert bell(app)
    assert zh("notice.read_all") not in [button.label for button in app.button]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_notice_reads_as_words(cast: Cast, visit: Visit, language: str) -> None:
    trip = sent_trip(cast)
    do(cast.engineer, trip, "remind")
    do(cast.engineer, trip, "comment", note="请看", mention=[cast.department_head.id])
    name(cast.office_director, cast.department_head)
    told = bell(visit(cast.department_head, "home", language))
    assert len(told) == 4
    assert not [one for one in told if "notice." in one or "{" in one]


def test_nobody_reads_what_another_was_told(cast: Cast, visit: Visit) -> None:
    trip = sent_trip(cast)
    assert trip.number not in " ".join(bell(visit(cast.stranger, "home")))


def test_whoever_was_told_much_finds_the_earlier_ones_too(cast: Cast, visit: Visit) -> None:
    trip = sent_trip(cast)
    for number in range(MOST):
        do(cast.engineer, trip, "comment", note=f"{number}", mention=[cast.department_head.id])
    app = visit(cast.department_head, "home")
    assert len(bell(app)) == MOST
    assert len(bell(press_named(app, zh("notice.more")))) == MOST + 1


def test_a_deputy_whose_time_is_over_reads_so_where_the_paper_was(cast: Cast, visit: Visit) -> None:
    """Issue 3, bad input"""
    trip = sent_trip(cast)
    row = depute(cast.department_head, cast.engineer2)
    app = visit(cast.engineer2, "travel_requests", number=str(trip.number))
    with writing() as session:
        end_delegation(session, cast.department_head, row.id, NOW)
    app = press(app, f"doc.{trip.id}.0.do.approve")
    assert [one.action for one in events(trip)] == ["submit"]
    assert zh("access.delegation_ended", name=cast.department_head.name, at=NOW) in shown(app)
