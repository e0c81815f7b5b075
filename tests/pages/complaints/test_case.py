"""A complaint on the screen: taken in while the customer speaks, one file that all see, each step in its place."""

from services.database import writing
from tests import factories
from tests.complaint_story import at_step, complaint_form, sent_complaint, step
from tests.factories import Cast
from tests.pages.conftest import Visit
from tests.pages.screen import edit_table, errors, faults, go, press_named, raw_keys, run, shown, told, zh
from tests.services.documents.test_complaint import case, shares
from tests.story import reload


def test_what_is_known_of_product_and_customer_is_said_at_once(cast: Cast, visit: Visit) -> None:
    """P3-1.1, P4-2.1"""
    form = complaint_form(cast)
    sent_complaint(cast)
    app = visit(cast.customer_service, "complaints", new="call")
    app.selectbox(key="call.customer_id").set_value(form["customer_id"])
    app.text_input(key="call.serial").set_value("zd2511-0001")
    seen = shown(run(app))
    known = ("制动单元 ZD-200", zh("warranty.running"), "2027-11-23", "FW-2026-001", zh("CP.figure.alike_same"))
    for words in (*known, "CP-202611-0001"):
        assert words in seen
    app.text_input(key="call.serial").set_value("X-1")
    assert zh("CP.figure.serial") in shown(run(app))


def test_a_serial_number_finds_its_customer_once(cast: Cast, visit: Visit) -> None:
    """Issue 6, 1: whoever empties the field again means it"""
    form = complaint_form(cast)
    app = visit(cast.customer_service, "complaints", new="call")
    app.text_input(key="call.serial").set_value("zd2511-0001")
    app = run(app)
    assert app.selectbox(key="call.customer_id").value == form["customer_id"]
    app.selectbox(key="call.customer_id").set_value(None)
    assert run(app).selectbox(key="call.customer_id").value is None


def test_whom_to_call_there_follows_the_customer_until_somebody_else_is_named(cast: Cast, visit: Visit) -> None:
    """Issue 6, 1: nothing is typed that is on file, and nobody's telephone stays with another's name"""
    complaint_form(cast)
    with writing() as session:
        other = factories.customer(session, "K002", cast.service, "宁波地铁", contact="王工", phone="0574-2222")
    app = visit(cast.customer_service, "complaints", new="call")

    def names() -> tuple[str, str]:
        return app.text_input(key="call.contact").value or "", app.text_input(key="call.contact_phone").value or ""

    app.text_input(key="call.serial").set_value("zd2511-0001")
    app = run(app)
    assert names() == ("李工", "029-1111")
    app.selectbox(key="call.customer_id").set_value(other.id)
    app = run(app)
    assert names() == ("王工", "0574-2222")
    app.text_input(key="call.contact").set_value("孙师傅")
    app = run(app)
    assert names() == ("孙师傅", "")
    app.text_input(key="call.contact_phone").set_value("137")
    app.selectbox(key="call.customer_id").set_value(None)
    app = run(app)
    assert names() == ("孙师傅", "137")


def test_the_file_shows_its_clocks_its_parts_and_whose_turn_it_is(cast: Cast, visit: Visit) -> None:
    """P1-4.4a, P1-6.1"""
    paper = at_step(cast, "verify")
    app = visit(cast.customer_service, "complaints", number=paper.number)
    seen = shown(app)
    assert f"{zh('promise.answer')}" in seen and zh("due.kept") in seen and zh("promise.verification") in seen
    assert "约定明日到段" in seen and zh("step.contact") in seen
    assert zh("paper.turn", names="王建军、潘晓东") in seen
    assert not raw_keys(app) and not errors(app)


def test_the_manager_takes_it_on_or_declines_it_with_buttons_in_the_open(cast: Cast, visit: Visit) -> None:
    """P5-7.1"""
    paper = sent_complaint(cast)
    app = visit(cast.sales_manager, "complaints", number=paper.number)
    assert {zh("action.approve.accept"), zh("action.decline")} <= {one.label for one in app.button}
    app = press_named(app, zh("action.approve.accept"))
    assert zh("fault.required") in faults(app) and reload(paper).step == "accept"
    app.selectbox(key=f"doc.{paper.id}.0.fill.handling_department_id").set_value(cast.service.id)
    app = press_named(run(app), zh("action.approve.accept"))
    assert told(app) and reload(paper).step == "assign"


def test_declining_asks_for_a_reason_and_for_nothing_else(cast: Cast, visit: Visit) -> None:
    paper = sent_complaint(cast)
    app = visit(cast.sales_manager, "complaints", number=paper.number)
    app = press_named(app, zh("action.decline"))
    assert zh("action.needs_note") in faults(app)
    app.text_input(key=f"doc.{paper.id}.0.note").set_value("不是本公司产品")
    press_named(run(app), zh("action.decline"))
    assert case(paper).declined and reload(paper).step == "notify"


def test_finance_types_who_bears_the_costs(cast: Cast, visit: Visit) -> None:
    """P5-6c"""
    paper = at_step(cast, "allocate")
    app = visit(cast.finance_officer, "complaints", number=paper.number)
    app.text_input(key=f"doc.{paper.id}.0.fill.case_cost").set_value("100")
    app = edit_table(run(app), "table.shares", {0: {"bearer": zh("bearer.customer"), "percent": "99.99"}})
    app = press_named(app, zh("action.complete.allocate"))
    assert any("99.99" in one for one in faults(app)) and shares(paper) == []
    app = edit_table(app, "table.shares", {0: {"bearer": zh("bearer.customer"), "percent": "100"}})
    app = press_named(app, zh("action.complete.allocate"))
    assert reload(paper).step == "feed_back" and str(shares(paper)[0].percent) == "100.00"
    assert zh("bearer.customer") in shown(go(app, "complaints", number=paper.number))


def test_each_step_reads_as_words_to_whoever_is_asked(cast: Cast, visit: Visit) -> None:
    paper, app = sent_complaint(cast), None
    while paper.step:
        who = {"accept": cast.sales_manager, "assign": cast.department_head, "survey": cast.customer_service}
        reader = who.get(paper.step, cast.service_administrator)
        app = visit(reader, "complaints", number=paper.number)
        assert not raw_keys(app) and not errors(app), paper.step
        paper = step(cast, paper)
    app = visit(cast.engineer, "complaints", number=paper.number, language="en")
    assert not raw_keys(app) and not errors(app)


def test_the_list_of_complaints_is_a_page_of_its_own(cast: Cast, visit: Visit) -> None:
    paper = sent_complaint(cast)
    app = visit(cast.customer_service, "complaints")
    assert str(paper.number) in shown(app) and not raw_keys(app)
