"""Papers as PDF: what stands on them, who gets them, and that nothing is lost on the way to the paper."""

import re
from datetime import date, timedelta
from decimal import Decimal

import pypdfium2
import pytest
import zxingcpp
from sqlmodel import Session, select

from models import Document, ExpenseClaim, Person, Role, State, TaskState, VoucherLine
from services import audit, settings
from services.documents import KINDS
from services.errors import Refused
from services.prints.render import TEMPLATES, prints_for, render
from services.prints.values import breakable
from services.texts import has_text
from tests import factories
from tests.factories import NOW, Cast

ADDRESS = "https://portal.example.com"
MILLIMETRE = 72 / 25.4


# --- reading a paper back


class Paper:
    """A printed paper, read back from its PDF. Titles are set apart, so texts are compared without blanks."""

    def __init__(self, pdf: bytes) -> None:
        self.document = pypdfium2.PdfDocument(pdf)
        self.pages = [_plain(page.get_textpage().get_text_range()) for page in self.document]
        self.text = "".join(self.pages)

    def says(self, *words: str) -> bool:
        missing = [word for word in words if _plain(word) not in self.text]
        assert not missing, f"{missing} not in {self.text}"
        return True

    def holds(self, *words: str) -> bool:
        """Does any of these stand on it?"""
        return any(_plain(word) in self.text for word in words)

    def codes(self) -> list[str]:
        return [code.text for page in self.document for code in zxingcpp.read_barcodes(page.render(scale=3).to_pil())]

    def outside(self) -> list[str]:
        """Characters that stand beyond the margins of their page."""
        found = []
        for page in self.document:
            width, height = page.get_size()
            text = page.get_textpage()
            for place in range(text.count_chars()):
                left, bottom, right, top = text.get_charbox(place)
                beyond = left < 19 * MILLIMETRE or right > width - 14 * MILLIMETRE or bottom < 0 or top > height
                if right > left and beyond:
                    found.append(text.get_text_range(place, 1))
        return found


def _plain(text: str) -> str:
    return re.sub(r"[\s\u200b\ufffe]", "", text)


def printed(session: Session, person: Person, document: Document, layout: str, language: str = "zh") -> Paper:
    session.flush()
    return Paper(render(session, person, document, layout, language=language, base_url=ADDRESS, now=NOW))


# --- papers to print


def signed(
    session: Session, paper: Document, step: str, role: Role, by: Person, note: str = "", *, hours: int = 1, **more
) -> None:
    at = NOW + timedelta(hours=hours)
    facts = {"outcome": "approve", "closed_by_id": by.id, "closed_at": at, "state": TaskState.DONE}
    factories.task(session, paper, step, role, **(facts | more))
    audit.record(session, now=at, action="approve", actor=by, document=paper, step=step, note=note)


@pytest.fixture
def company(session: Session, cast: Cast) -> Cast:
    settings.put(session, "company.name", "岚峰轨道装备有限公司", now=NOW)
    settings.put(session, "company.name_en", "Lanfeng Rail Equipment Co., Ltd.", now=NOW)
    return cast


@pytest.fixture
def trip(session: Session, company: Cast) -> Document:
    """An approved request; the director of the office was away and a deputy signed for him."""
    paper = factories.travel_request(
        session,
        company.engineer,
        number="TR-202611-0003",
        state=State.RUNNING,
        step="travel",
        submitted_at=NOW,
        approved_at=NOW,
        companions=[company.engineer2.id],
    )
    factories.travel_estimate(session, paper, company.expense["train"], "1001.01")
    factories.travel_estimate(session, paper, company.expense["lodging"], "800.00")
    signed(session, paper, "department_head", Role.DEPARTMENT_HEAD, company.department_head, "注意现场安全")
    signed(
        session, paper, "office_director", Role.OFFICE_DIRECTOR, company.clerk,
        hours=2, on_behalf_of_id=company.office_director.id,
    )  # fmt: skip
    return paper


def a_claim(session: Session, cast: Cast, trip: Document, lines: int, entertainment: int = 0, **more) -> Document:
    facts = {"number": "EC-202611-0001", "state": State.DONE, "submitted_at": NOW, "approved_at": NOW}
    own = {"allowance_days": 3, "allowance_rate": Decimal("100.00")}
    paper = factories.expense_claim(session, cast.engineer, trip, **(facts | own | more))
    for number in range(1, lines + entertainment + 1):
        travel = number <= lines
        factories.voucher_line(
            session,
            paper,
            cast.expense["train" if travel else "entertainment"],
            f"{number * 100 + 7}.05",
            position=number,
            sequence=number if travel else number - lines,
            spent_on=date(2026, 11, 25) + timedelta(days=number % 3),
            description=f"第{number}张",
            invoice_number=f"26{number:018}",
        )
    return paper


def fen_of(number: int) -> int:
    return (number * 100 + 7) * 100 + 5


# --- the travel request


def test_the_travel_request_reads_as_the_form(session, company, trip) -> None:
    """P9-2: destination and task, signed by the department head, then by the director of the general office."""
    paper = printed(session, company.engineer, trip, "request")
    assert len(paper.pages) == 1
    assert paper.says(
        "岚峰轨道装备有限公司", "出差申请书", "编号：TR-202611-0003", "售后一室", "王建军", "李海涛", "株洲", "西安",
        "自2026年11月25日至2026年11月27日，共3天", "火车", "更换 3 台制动单元并跟车试验", "城市间交通费", "1,001.01",
        "¥1,801.01", "壹仟捌佰零壹元零壹分", "部门领导", "综合办公室主任", "已批准",
    )  # fmt: skip


def test_a_signature_says_who_for_whom_when_and_what(session, company, trip) -> None:
    paper = printed(session, company.engineer, trip, "request")
    assert paper.says("同意：注意现场安全", "赵国强", "2026-11-23 10:00", "陈晓芸（代郑雅琴）", "2026-11-23 11:00")
    english = printed(session, company.engineer, trip, "request", "en")
    assert english.says("陈晓芸 for 郑雅琴", "Travel Request", "Lanfeng Rail Equipment Co., Ltd.", "3 days")


def test_a_substitute_signs_in_his_own_role(session, company, trip) -> None:
    signed(
        session, trip, "department_head", Role.VICE_PRESIDENT, company.vice_president, hours=3,
        instead_of=Role.DEPARTMENT_HEAD,
    )  # fmt: skip
    assert printed(session, company.engineer, trip, "request").says("吴志远", "（由主管副总代行）")


def test_a_signature_that_no_longer_stands_is_not_printed(session, company, trip) -> None:
    signed(session, trip, "department_head", Role.DEPARTMENT_HEAD, company.other_head, "先前的意见", stands=False)
    paper = printed(session, company.engineer, trip, "request")
    assert "周文斌" not in paper.text
    assert "先前的意见" not in paper.text


def test_what_is_still_to_be_signed_stands_there_empty(session, company) -> None:
    trip = factories.travel_request(
        session, company.engineer, number="TR-202611-0004", state=State.RUNNING, step="department_head"
    )
    factories.task(session, trip, "department_head", Role.DEPARTMENT_HEAD, department_id=company.service.id)
    paper = printed(session, company.engineer, trip, "request")
    assert paper.says("部门领导", "综合办公室主任", "审批中")
    assert "赵国强" not in paper.text


def test_the_trip_as_made_is_added(session, company) -> None:
    trip = factories.travel_request(
        session, company.engineer, number="TR-202611-0005", state=State.DONE, departed_on=date(2026, 11, 25),
        returned_on=date(2026, 11, 28),
    )  # fmt: skip
    assert printed(session, company.engineer, trip, "request").says("实际返回", "2026年11月28日", "4 天")


# --- the claim


def test_the_claim_states_traveller_dates_route_and_purpose(session, company, trip) -> None:
    """P9-4b: and vouchers and claim agree to the fen."""
    claim = a_claim(session, company, trip, 3, 2)
    paper = printed(session, company.engineer, claim, "claim")
    assert paper.says(
        "差旅费报销单", "EC-202611-0001", "TR-202611-0003", "王建军", "株洲→西安", "更换制动单元",
        "票-1", "票-3", "招-1", "招-2", "26000000000000000005", "107.05", "507.05", "1,535.25",
        "3 天 × 100.00 元／天", "300.00", "¥1,835.25", "壹仟捌佰叁拾伍元贰角伍分", "共5张（差旅3张、招待2张）",
        "中国银行株洲分行", "6200 0000 0000 0001",
    )  # fmt: skip
    assert "核定" not in paper.text


def test_the_audit_shows_what_was_cut_and_why(session, company, trip) -> None:
    """P8-3.4"""
    claim = a_claim(session, company, trip, 2)
    for line in claim_lines(session, claim):
        line.audited_amount = line.amount
    first = claim_lines(session, claim)[0]
    first.audited_amount, first.audit_reason = Decimal("100.00"), "超标准"
    session.get_one(ExpenseClaim, claim.id).audited_amount = Decimal("607.05")
    paper = printed(session, company.engineer, claim, "claim")
    assert paper.says(
        "核定（元）", "核减：超标准", "100.00", "核减金额7.05", "核定金额607.05", "¥607.05", "陆佰零柒元零伍分"
    )


def claim_lines(session: Session, claim: Document) -> list[VoucherLine]:
    statement = select(VoucherLine).where(VoucherLine.document_id == claim.id)
    return list(session.exec(statement.order_by(VoucherLine.position)))


@pytest.mark.parametrize("lines", [40, 70, 200])
def test_sums_are_carried_from_page_to_page(session, company, trip, lines: int) -> None:
    claim = a_claim(session, company, trip, lines)
    paper = printed(session, company.engineer, claim, "claim")
    tables = [page for page in paper.pages if "单据号" in page]
    assert len(tables) == {40: 1, 70: 2, 200: 5}[lines]
    seen = 0
    for number, page in enumerate(tables):
        if number:
            assert f"承前页{yuan(sum(fen_of(n) for n in range(1, seen + 1)))}" in page
        here = [int(n) for n in re.findall(r"第(\d+)张", page)]
        assert here == list(range(seen + 1, seen + 1 + len(here)))
        seen += len(here)
        total = yuan(sum(fen_of(n) for n in range(1, seen + 1)))
        last = number == len(tables) - 1
        assert (f"票据合计（共{lines}张）{total}" if last else f"本页{len(here)}张，过次页累计{total}") in page
    assert seen == lines
    assert paper.outside() == []


def yuan(fen: int) -> str:
    return f"{Decimal(fen) / 100:,.2f}"


# --- the voucher sheets


def test_entertainment_has_voucher_sheets_of_its_own(session, company, trip) -> None:
    """P9-4a: pasted in order and numbered, entertainment apart."""
    claim = a_claim(session, company, trip, 7, 2)
    paper = printed(session, company.engineer, claim, "vouchers")
    assert [re.findall(r"[票招]-\d+", page) for page in paper.pages] == [
        [f"票-{n}" for n in range(1, 7)],
        ["票-7"],
        ["招-1", "招-2"],
    ]
    assert "原始凭证粘贴单（差旅费用）" in paper.pages[0]
    assert "原始凭证粘贴单（业务招待费用）" in paper.pages[2]
    assert f"本页2张，小计¥{yuan(fen_of(8) + fen_of(9))}" in paper.pages[2]
    assert paper.says("城市间交通费", "2026-11-26", "¥107.05", "粘贴人：")
    assert paper.outside() == []


def test_a_claim_without_vouchers_has_an_empty_sheet(session, company, trip) -> None:
    claim = a_claim(session, company, trip, 0)
    assert printed(session, company.engineer, claim, "vouchers").says("没有需要粘贴的单据")


# --- what all papers share


def test_the_code_leads_to_the_document(session, company, trip) -> None:
    assert printed(session, company.engineer, trip, "request").codes() == [
        f"{ADDRESS}/travel_requests?number=TR-202611-0003"
    ]


@pytest.mark.parametrize(
    ("state", "mark"),
    [
        (State.RUNNING, "审批中"),
        (State.RETURNED, "已退回"),
        (State.WITHDRAWN, "已撤回"),
        (State.REJECTED, "已驳回"),
        (State.CANCELLED, "已作废"),
    ],
)
def test_a_paper_that_does_not_stand_says_so_across_the_page(session, company, trip, state, mark: str) -> None:
    trip.state, trip.approved_at = state, None
    assert printed(session, company.engineer, trip, "request").text.count(mark) == 2  # as a stamp and as a watermark


def test_a_draft_prints_what_is_typed_so_far(session, company) -> None:
    typed = {"traveller_id": company.engineer.id, "origin": "株洲", "starts_on": "2026-12-01", "ends_on": "nonsense"}
    typed["estimates"] = [{"expense_type_id": company.expense["train"].id, "amount": "500.00"}, {"amount": "x"}]
    draft = factories.document(session, "TR", company.engineer, draft=typed)
    paper = printed(session, company.engineer, draft, "request")
    assert paper.says("草稿", "尚未编号", "株洲", "2026年12月1日", "¥500.00", "部门领导", "综合办公室主任")
    assert paper.codes() == []
    with pytest.raises(Refused, match="access.not_found"):
        printed(session, company.department_head, draft, "request")


def test_a_drafts_vouchers_are_numbered_as_they_will_be(session, company, trip) -> None:
    kinds = [company.expense[name].id for name in ("entertainment", "train", "entertainment")]
    typed = {"vouchers": [{"spent_on": "2026-11-26", "expense_type_id": one, "amount": "10.00"} for one in kinds]}
    draft = factories.document(session, "EC", company.engineer, draft=typed | {"allowance_days": 2})
    paper = printed(session, company.engineer, draft, "claim")
    assert re.findall(r"[票招]-\d(?=2026)", paper.text) == ["票-1", "招-1", "招-2"]
    assert paper.says("2 天 × 100.00 元／天", "¥230.00")


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(("code", "layout"), [(code, one.key) for code, kind in KINDS.items() for one in kind.prints])
def test_every_paper_of_every_kind_prints_even_from_an_empty_draft(session, company, code, layout, language) -> None:
    draft = factories.document(session, code, company.engineer, draft={})
    if layout not in {one.key for one in prints_for(session, draft)}:
        with pytest.raises(Refused, match=r"print\.unknown"):  # a letter that is none before it is sent
            printed(session, company.engineer, draft, layout, language)
        return
    paper = printed(session, company.engineer, draft, layout, language)
    assert paper.outside() == []
    assert "print." not in paper.text


def test_typed_text_is_never_taken_for_a_program(session, company, trip) -> None:
    task = '#panic("x") ] } $ \\ " *bold* _x_ = heading <label> @ref `raw` {count} // no comment'
    claim = a_claim(session, company, trip, 1, purpose=task, bank_name="#eval(1)")
    assert printed(session, company.engineer, claim, "claim").says(task, "#eval(1)")


def test_long_words_stay_inside_their_cells(session, company, trip) -> None:
    claim = a_claim(session, company, trip, 1, purpose="X" * 500, origin="Y" * 60, destinations="Z" * 120)
    line = claim_lines(session, claim)[0]
    line.description, line.seller, line.invoice_number = "D" * 100, "S" * 100, "9" * 30
    line.origin = line.destination = "W" * 60
    signed(session, claim, "clerk", Role.CLERK, company.clerk, "长" * 2000)
    for layout in ("claim", "vouchers"):
        paper = printed(session, company.engineer, claim, layout)
        assert paper.outside() == []
        assert paper.text.count("Z") == 120
    assert printed(session, company.engineer, claim, "claim").text.count("长") == 2000


def test_a_run_of_letters_may_break_but_words_and_invoice_numbers_do_not() -> None:
    assert breakable("W" * 13) == "W" * 12 + "\u200bW"
    assert breakable("26117000000123456789", 20) == "26117000000123456789"
    assert breakable("西安 Metro Line 3 depot") == "西安 Metro Line 3 depot"
    assert breakable(None) == ""


def test_it_says_who_printed_it_and_when_in_shanghai(session, company, trip) -> None:
    assert printed(session, company.vice_president, trip, "request").says(
        "打印：2026-11-23 09:00", "吴志远", "第1页共1页"
    )


@pytest.mark.parametrize("who", ["stranger", "other_head", "administrator"])
def test_strangers_print_nothing(session, company, trip, who: str) -> None:
    with pytest.raises(Refused, match="access.not_found"):
        printed(session, getattr(company, who), trip, "request")


def test_a_paper_that_a_kind_does_not_have_is_refused(session, company, trip) -> None:
    assert [one.key for one in prints_for(session, trip)] == ["request"]
    for layout in ("claim", "../base", ""):
        with pytest.raises(Refused, match="print.unknown"):
            printed(session, company.engineer, trip, layout)


def test_every_text_of_the_templates_is_there_in_both_languages() -> None:
    for template in TEMPLATES.glob("*.typ"):
        for key in re.findall(r'\bt\(\s*"([\w.]+)"', template.read_text(encoding="utf-8")):
            assert all(has_text(language, f"print.{key}") for language in ("zh", "en")), f"{template.name}: {key}"
