"""A customer and his machines in the browser."""

from tests.complaint_story import sent_complaint, stock
from tests.factories import Cast
from tests.pages.conftest import Visit
from tests.pages.screen import address, errors, pick_row, run, shown, zh
from tests.story import sent_trip


def test_a_customer_is_chosen_and_leads_to_his_machine_and_its_papers(cast: Cast, visit: Visit) -> None:
    paper, customer = sent_complaint(cast), stock()[0]
    app = visit(cast.customer_service, "customer")
    assert zh("history.choose") in shown(app)
    app.selectbox(key="history.customer").set_value(customer.id)
    app = run(app)
    seen = shown(app)
    assert not errors(app) and address(app) == ("customer", {"customer": str(customer.id)})
    for said in ("029-1111", "FW-2026-001", "ZD2511-0001", paper.number, paper.title, zh("history.contract")):
        assert str(said) in seen
    app = pick_row(app, 0)  # the machine
    assert address(app) == ("customer", {"serial": "ZD2511-0001"})
    assert zh("history.warranty_ends") in shown(app) and "西安地铁" in shown(app) and not errors(app)
    kinds = [row for row, one in enumerate(app.dataframe[0].value["number"]) if one == paper.number]
    assert address(pick_row(app, kinds[0])) == ("complaints", {"number": paper.number})


def test_a_paper_leads_to_its_customer_and_its_machine(cast: Cast, visit: Visit) -> None:
    paper = sent_complaint(cast)
    labels = [
        one.proto.label for one in visit(cast.customer_service, "complaints", number=paper.number).get("page_link")
    ]
    assert {zh("history.of_customer"), zh("history.of_serial")} <= set(labels)
    trip = sent_trip(cast)
    labels = [one.proto.label for one in visit(cast.engineer, "travel_requests", number=trip.number).get("page_link")]
    assert labels and zh("history.of_customer") not in labels


def test_a_stranger_sees_the_customer_and_no_paper(cast: Cast, visit: Visit) -> None:
    paper, customer = sent_complaint(cast), stock()[0]
    seen = shown(visit(cast.stranger, "customer", customer=str(customer.id)))
    assert "FW-2026-001" in seen and str(paper.number) not in seen and paper.title not in seen
    app = visit(cast.office_director, "customer", customer=str(customer.id))
    assert zh("history.unknown") in shown(app) and "西安地铁" not in shown(app)


def test_nonsense_in_the_address_is_said_to_be_nothing(cast: Cast, visit: Visit) -> None:
    for query in ({"customer": "999999999"}, {"customer": "-1"}, {"customer": "x' --"}, {"serial": "%" * 500}):
        app = visit(cast.department_head, "customer", **query)
        assert zh("history.unknown") in shown(app) and not errors(app) and not app.exception
    customer = stock()[0]
    app = visit(cast.department_head, "customer", "en", customer=str(customer.id), kind="nonsense")
    assert "FW-2026-001" in shown(app) and not app.exception
