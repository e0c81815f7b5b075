"""The page of a trip's folder: from the trip and by address, with what is missing in words."""

from tests.factories import Cast
from tests.pages.conftest import Visit
from tests.pages.screen import errors, raw_keys, shown, zh
from tests.story import finished_trip, recorded_request, sent_report


def test_a_trip_is_seen_whole(cast: Cast, visit: Visit) -> None:
    trip = finished_trip(cast)
    report, request = sent_report(cast, trip), recorded_request(cast, trip)
    for language in ("zh", "en"):
        app = visit(cast.engineer, "trip", language, number=str(trip.number))
        assert not errors(app) and not raw_keys(app)
        for paper in (trip, report, request):
            assert str(paper.number) in shown(app)
    app = visit(cast.engineer, "trip", number=str(trip.number))
    assert zh("folder.missing.unclaimed", number=request.number) in shown(app)
    assert {zh("start.FR"), zh("start.SR"), zh("start.EC")} <= {button.label for button in app.button}


def test_a_stranger_sees_no_folder(cast: Cast, visit: Visit) -> None:
    trip = finished_trip(cast)
    app = visit(cast.stranger, "trip", number=str(trip.number))
    assert [one.value for one in app.warning] and trip.title not in shown(app)


def test_an_address_without_a_trip_says_so(cast: Cast, visit: Visit) -> None:
    for number in ("", "TR-209901-0001", "x" * 200):
        app = visit(cast.engineer, "trip", number=number)
        assert not errors(app) and len(app.warning) == 1
