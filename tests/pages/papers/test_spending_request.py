"""The spending request on its page: a form that follows its kind, the call recorded later, the record, the print."""

from datetime import datetime, timedelta

from time_machine import Traveller

from services.database import reading
from services.people import SHANGHAI
from services.prints.render import render
from tests.factories import Cast
from tests.pages.conftest import Visit
from tests.pages.screen import errors, faults, press, raw_keys, run, shown, type_in, zh
from tests.services.test_prints import Paper
from tests.story import (
    ON_SITE,
    RECORD,
    agreed_request,
    approved_trip,
    detail,
    recorded_request,
    reload,
    sent_request,
)


def test_what_is_asked_follows_the_kind(cast: Cast, visit: Visit, clock: Traveller) -> None:
    """P9-3.2a, P9-3.2c"""
    clock.move_to(ON_SITE)
    trip = approved_trip(cast)
    app = visit(cast.engineer, "spending_requests", new="asking", **{"from": str(trip.id)})
    assert not errors(app) and not raw_keys(app)
    app = run(type_in(app, spending="repair"))
    box = next(one for one in app.selectbox if (one.key or "").endswith(".expense_type_id"))
    assert box.options == [cast.expense["materials"].name]
    assert not [one for one in app.text_area if (one.key or "").endswith(".guests")]
    app = run(type_in(app, spending="gift"))
    box = next(one for one in app.selectbox if (one.key or "").endswith(".expense_type_id"))
    assert box.options == [cast.expense["gift"].name]
    assert [one for one in app.text_area if (one.key or "").endswith(".guests")]


def test_repair_money_before_the_report_is_refused_with_the_reason(cast: Cast, visit: Visit, clock: Traveller) -> None:
    """P9-3.1"""
    clock.move_to(ON_SITE)
    trip = approved_trip(cast)
    app = visit(cast.engineer, "spending_requests", new="repairing", **{"from": str(trip.id)})
    app = run(type_in(app, spending="repair"))
    assert zh("SR.fault.repair_not_cleared") in faults(run(app))


def test_a_call_is_recorded_later_and_shows_until_it_is_confirmed(cast: Cast, visit: Visit, clock: Traveller) -> None:
    """P9-3.2a"""
    clock.move_to(ON_SITE)
    request = sent_request(cast)
    app = visit(cast.engineer, "spending_requests", number=str(request.number))
    called = datetime(2026, 11, 26, 8, 30, tzinfo=SHANGHAI).replace(tzinfo=None)  # by the clock on the wall
    people = next(one for one in app.multiselect if (one.key or "").endswith(".later.phone_people"))
    people.set_value([cast.department_head.id])
    at = next(one for one in app.get("datetime_input") if (one.key or "").endswith(".later.phone_at"))
    at.set_value(called)
    app = press(app, next(one.key for one in app.button if (one.key or "").endswith("do.supplement")))
    assert not errors(app)
    assert detail(request).phone_at == ON_SITE - timedelta(minutes=30)
    assert zh("SR.mark.call_open") in shown(app)
    clock.move_to(ON_SITE + timedelta(hours=24))
    assert zh("SR.mark.call_broken") in shown(visit(cast.engineer, "spending_requests", number=str(request.number)))
    assert zh("SR.mark.call_broken") in shown(visit(cast.department_head, "inbox"))


def test_the_record_opens_with_what_was_asked(cast: Cast, visit: Visit, clock: Traveller) -> None:
    """P9-3.2b"""
    request = agreed_request(cast)
    clock.move_to(ON_SITE)
    app = visit(cast.engineer, "spending_requests", number=str(request.number))
    app = type_in(app, spent_place="西安", spent_amount="250.00")
    app = press(app, next(one.key for one in app.button if (one.key or "").endswith("do.complete")))
    own = detail(request)
    assert (own.spent_matter, str(own.spent_amount), own.spent_headcount) == (own.matter, "250.00", 3)
    assert reload(request).state == "done"


def test_the_printed_request_bears_both_signatures_the_call_and_the_record(cast: Cast) -> None:
    """P9-3.2a, P9-3.2b, P9-3.2c"""
    call = {"phone_people": [cast.department_head.id], "phone_at": (ON_SITE - timedelta(hours=1)).isoformat()}
    none = {"invoice": False, "no_invoice_reason": "农户自产", "no_invoice_handling": "附收据，两人签字"}
    request = recorded_request(cast, **call, **none)
    with reading() as session:
        pdf = render(
            session,
            cast.engineer,
            request,
            "request",
            language="zh",
            base_url="https://portal.example.com",
            now=ON_SITE,
        )
    paper = Paper(pdf)
    assert len(paper.pages) == 1 and not paper.outside()
    assert paper.says(
        "费用请示", str(request.number), "叁佰元整", "无发票，不得税前扣除", "农户自产", "附收据，两人签字",
        "赵国强 于 2026-11-26 08:00 电话同意", "部门领导", "赵国强", "主管副总", "吴志远", "¥300.00",
        str(RECORD["spent_matter"]),
    )  # fmt: skip
