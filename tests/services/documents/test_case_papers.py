"""Papers that are started from a case on its way know what it says (P4-2.4)."""

from typing import Any

import pytest

from models import Document, Person
from services.database import reading
from services.documents.drafts import blank
from services.documents.folder import offered_from
from services.errors import Refused
from tests.complaint_story import at_step as complaint_at
from tests.complaint_story import sent_complaint
from tests.complaint_story import step as complaint_step
from tests.factories import NOW, Cast
from tests.order_story import at_step as order_at
from tests.order_story import order, step
from tests.story import do, draft, reload


def offered(who: Person, case: Document) -> list[str]:
    with reading() as session:
        return [one.kind for one in offered_from(session, who, reload(case), [], NOW)]


def known(who: Person, code: str, case: Document) -> dict[str, Any]:
    with reading() as session:
        return blank(session, who, code, NOW, case.id)


def test_a_technician_on_site_asks_for_parts_and_returns_from_his_visit(cast: Cast) -> None:
    """P3-2.4b: the site, the contact, the telephone and the number are those of the call; nobody else's visit"""
    call = order_at(cast, "visit")
    assert offered(cast.engineer, call) == ["PR", "RT"]
    assert offered(cast.service_clerk, call) == offered(cast.dispatcher, call) == []
    parts = known(cast.engineer, "PR", call)
    assert (parts["serves"], parts["contact_phone"], parts["site"]) == (call.number, "029-1111", "西安市未央区车辆段")
    back = known(cast.engineer, "RT", call)
    assert (back["customer_id"], back["serial"]) == (order(call).customer_id, "ZD2511-0001")
    assert offered(cast.engineer, step(cast, call)) == []
    with pytest.raises(Refused):
        draft(cast.service_clerk, "PR", parts, source=call)


def test_a_complaint_that_is_carried_out_leads_to_visits_parts_notices_and_returns(cast: Cast) -> None:
    """P4-2.4: each to whoever may; a call that is taken in from it is linked to it"""
    case = sent_complaint(cast, cast.service_clerk)
    while reload(case).step != "execute":
        case = complaint_step(cast, case)
    assert offered(cast.engineer, case) == ["PR", "RT"]
    assert "SN" in offered(cast.production_engineer, case)
    assert known(cast.production_engineer, "SN", case)["serves"] == case.number
    assert offered(cast.service_clerk, case) == ["SO"]
    raw = known(cast.service_clerk, "SO", case)
    assert (raw["serves"], raw["fault"]) == (case.number, "2 号制动缸漏风")
    form = raw | {"address": "西安市未央区车辆段"}
    call = do(cast.service_clerk, draft(cast.service_clerk, "SO", form, source=case), "submit", now=NOW)
    assert call.source_id == case.id and order(call).serves == case.number
    assert offered(cast.engineer, complaint_at(cast, "report")) == []
