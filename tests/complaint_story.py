"""Complaints that travel: taken in, and brought to any step by whoever is asked, with plausible answers.

A test says what is different about its case; the rest is a quality complaint about a brake unit in warranty.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlmodel import select

from models import Customer, Department, Document, PaperClock, Person, Product
from services.database import reading, writing
from services.engine.promises import clocks_of
from tests import factories
from tests.factories import NOW, Cast
from tests.story import do, draft, open_tasks, reload

RECEIVED = NOW - timedelta(hours=2)
TODAY = NOW.date().isoformat()
ANALYSIS = {"cause_category": "seal", "cause": "密封圈低温硬化", "countermeasure": "改用耐寒材料"}
SHARES: list[dict[str, Any]] = [{"bearer": "supplier", "bearer_name": "华密橡胶", "percent": "100"}]
SCORES = {"score_speed": 4, "score_quality": 5, "score_attitude": 5, "score_price": 4, "score_overall": 5}


def stock() -> tuple[Customer, Product]:
    """A customer of the service department, and a brake unit of his, sold a year ago."""
    with writing() as session:
        known = session.exec(select(Customer).where(Customer.code == "K001")).first()
        if known is not None:
            return known, session.exec(select(Product).where(Product.code == "ZD-200")).one()
        at = session.exec(select(Department).where(Department.code == "service")).one()
        customer = factories.customer(session, "K001", at, "西安地铁", phone="029-1111", contact="李工")
        product = factories.product(session, "ZD-200", "制动单元")
        factories.sold_item(session, "ZD2511-0001", product, customer)
        factories.contract(session, "FW-2026-001", customer)
        return customer, product


def complaint_form(cast: Cast, **changes: Any) -> dict[str, Any]:
    """A complaint as the form sends it."""
    customer, product = stock()
    return {
        "customer_id": customer.id,
        "contact": "李工",
        "contact_phone": "029-1111",
        "channel": "phone",
        "received_at": RECEIVED.isoformat(),
        "severity": "normal",
        "serial": "ZD2511-0001",
        "product_id": product.id,
        "bought_on": None,
        "content": "2 号制动缸漏风",
        "related_id": None,
    } | changes


def drafted_complaint(cast: Cast, by: Person | None = None, **changes: Any) -> Document:
    return draft(by or cast.customer_service, "CP", complaint_form(cast, **changes))


def sent_complaint(cast: Cast, by: Person | None = None, **changes: Any) -> Document:
    """A complaint that waits for the sales branch manager."""
    return do(by or cast.customer_service, drafted_complaint(cast, by, **changes), "submit", now=NOW)


def answers(cast: Cast, step: str, **changes: Any) -> dict[str, Any]:
    """What the owner of a step fills in."""
    given: dict[str, dict[str, Any]] = {
        "accept": {"handling_department_id": cast.service.id},
        "assign": {"handler_id": cast.engineer.id},
        "contact": {"contacted_at": NOW.isoformat(), "contact_way": "phone", "contact_note": "约定明日到段"},
        "verify": {"verdict": "quality", "finding": "2 号缸漏风属实，其余正常"},
        "dispute": {"nature": "non_quality", "nature_term": "合同第 8 条：易损件不在质保内"},
        "analyse": ANALYSIS,
        "analyse_with_sales": ANALYSIS | {"cause_category": "misuse"},
        "rnd": {"rnd_opinion": "材料选型可用"},
        "responsibility": {
            "responsible_department_id": cast.quality.id,
            "responsible_person_id": cast.technical_engineer.id,
            "responsibility": "选型审查不严",
        },
        "plan": {"solution": "replace", "plan": "更换密封圈 3 套", "basis": "维修规程 4.2"},
        "plan_decision": {"plan_decision": "按方案办理"},
        "agree": {"promised_on": TODAY, "consent": "agreed", "consent_on": TODAY, "consent_way": "phone"},
        "settle": {"contract_term": "合同第 12 条", "settlement": "双方各承担一半"},
        "execute": {"executed_on": TODAY, "work_done": "已更换，跟车试验正常"},
        "report": {"result_report": "故障消除"},
        "notify": {"notified_on": TODAY, "notify_way": "phone"},
        "survey": {"survey_answer": "answered", "survey_remarks": None} | SCORES,
        "allocate": {"case_cost": "1000.00", "lines": {"shares": SHARES}},
        "recover": {"recovery": "已与客户商定，收入单另报"},
        "feed_back": {"fed_back": "已向营销部经理和质量技术部反馈"},
    }
    return given.get(step, {}) | changes


def owner(cast: Cast, paper: Document) -> Person:
    """Whoever of the cast is asked first: cast are called by their roles, the handler is the engineer."""
    task = open_tasks(paper)[0]
    return getattr(cast, task.role.value) if task.role else cast.engineer


def step(cast: Cast, paper: Document, outcome: str = "", now: datetime = NOW, **changes: Any) -> Document:
    """Whoever is asked ends the open step: all of them where several are."""
    paper = reload(paper)
    here = paper.step
    while paper.step == here and paper.step is not None:
        decides = open_tasks(paper)[0].decides
        key = outcome or ("approve" if decides else "complete")
        given = answers(cast, here or "", **changes)
        paper = do(owner(cast, paper), paper, key, now=now, note="情况属实", **given)
        if outcome:
            break
    return paper


def at_step(
    cast: Cast, until: str | None, *, on_the_way: dict[str, dict[str, Any]] | None = None, **form: Any
) -> Document:
    """A complaint brought to a step (None: to its end); `on_the_way` says what is answered otherwise, by step."""
    paper = sent_complaint(cast, **form)
    while paper.step not in (until, None):
        paper = step(cast, paper, **(on_the_way or {}).get(paper.step or "", {}))
    assert paper.step == until, f"{paper.number} never came to {until}"
    return paper


def clocks(paper: Document) -> dict[str, PaperClock]:
    with reading() as session:
        return {clock.key: clock for clock in clocks_of(session, [paper.id])}


def people(cast: Cast) -> dict[str, Person]:
    return {one.login: one for one in vars(cast).values() if isinstance(one, Person)}
