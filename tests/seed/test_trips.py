"""The plan of the demonstration year: trips that people could really make, whatever day it is."""

from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest
import yaml
from sqlmodel import Session

import seed
from seed.company import load_company
from seed.hours import WorkingTime
from seed.trips import Planner, Trip
from services.people import local_day
from tests.factories import NOW


def test_the_same_moment_gives_the_same_plan(session: Session) -> None:
    load_company(session, NOW)
    assert plan(session, NOW) == plan(session, NOW)


@pytest.mark.parametrize(
    "now",
    [
        NOW,
        datetime.fromisoformat("2026-10-04T12:00:00+08:00"),  # in the National Day week
        datetime.fromisoformat("2027-02-21T07:50:00+08:00"),  # a year the calendar does not know, a Sunday
        datetime.fromisoformat("2026-11-23T00:10:00+08:00"),  # just after midnight
    ],
)
def test_nobody_is_planned_on_two_trips_at_once_whatever_the_day(session: Session, now: datetime) -> None:
    load_company(session, NOW)
    trips = plan(session, now)
    assert len(trips) > 150
    seen: set[tuple[str, object]] = set()
    for trip in trips:
        for person in filter(None, (trip.traveller, trip.companion)):
            days = {
                (person, trip.starts_on + timedelta(days=i)) for i in range((trip.ends_on - trip.starts_on).days + 1)
            }
            assert not days & seen
            seen |= days
        assert local_day(trip.written_at) < trip.starts_on <= trip.ends_on


def plan(session: Session, now: datetime) -> list[Trip]:
    words = yaml.safe_load((Path(seed.__file__).parent / "year.yaml").read_text(encoding="utf-8"))
    homes = dict.fromkeys(words["travellers"], "AS1")
    today = local_day(now)
    hours = WorkingTime(session, today - timedelta(days=400), today + timedelta(days=60), now)
    return Planner(words, hours, homes, Random(1)).plan(now - timedelta(days=365), now, 160)
