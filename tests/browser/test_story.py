"""The whole story of a trip, in Chinese: applied for, signed, travelled, claimed, checked, cut, paid, printed."""

import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import openpyxl
import pypdfium2
import pytest
from PIL import Image
from sqlmodel import select

from models import CalendarDay, Document, Person
from services.database import writing
from services.documents.claim_requests import requests_to_claim
from services.people import local_day
from tests import factories
from tests.browser.screen import Company, Screen, Screens

pytestmark = pytest.mark.browser

TASK = "西安局机务段：更换 3 台制动单元并跟车试验"
VOUCHERS = [
    ("城市间交通费", ["株洲", "西安", "", "高铁二等座", "600.00"]),
    ("住宿费", ["", "", "", "一晚", "500.00", "28.30", "", "", "25432000000012345678", "西安渭水宾馆"]),
    ("业务招待费", ["", "", "", "西安局机务段 3 人", "250.00"]),
    ("市内交通费", ["", "", "", "出租车", "100.50"]),
]


def test_a_trip_from_the_request_to_the_paid_claim(company: Company, screens: Screens) -> None:
    engineer, trip = _travel(company, screens)
    claim = _claim(engineer, trip, _agreed_request(company, trip))
    _check_and_pay(screens, company, claim)
    _print(engineer, trip, claim)
    _export(engineer, trip)


def test_one_is_returned_with_a_reason_and_two_are_approved_at_once(company: Company, screens: Screens) -> None:
    engineer, colleague = screens.of(company.cast.engineer), screens.of(company.cast.engineer2)
    first = _send(engineer, "武汉", "轮对镟修后复测", "900", days=30)
    second = _send(engineer, "宜昌", "闸片磨耗测量", "700", days=40)
    third = _send(colleague, "成都", "停放制动不缓解故障处理", "1500", days=30)

    head = screens.of(company.cast.department_head, f"/travel_requests?number={first}")
    head.press("退回").sees("请写明原因")
    head.note("请补充费用预计的依据").press("退回").sees("已退回")
    head.go("/inbox").sees("闸片磨耗测量", "停放制动不缓解").does_not_see("轮对镟修")
    head.tick(second).tick(third).sees("已选 2 项", "2,200.00").picture("20-inbox-several-chosen")
    head.press("同意所选").sees("已处理 2 项").does_not_see("闸片磨耗测量", "停放制动不缓解")

    engineer.go(f"/travel_requests?number={first}").sees("已退回", "请补充费用预计的依据").picture("21-returned")
    engineer.press("修改并重新提交").sees("退回：请补充费用预计的依据").picture("22-typed-on")
    engineer.press("提交").sees("已提交")

    head.go(f"/travel_requests?number={first}").note("本月已有人去过").press("更多").sees("拒绝")
    head.picture("23-about-to-reject").press("拒绝").sees("已拒绝", "本月已有人去过")
    engineer.go(f"/travel_requests?number={first}").sees("已拒绝", "本月已有人去过").picture("24-rejected")
    engineer.does_not_see("修改并重新提交")


def test_the_way_in_and_out(company: Company, screens: Screens) -> None:
    """A link survives the sign-in; the language is switched; a new password holds; signed out is signed out."""
    number = _send(screens.of(company.cast.stranger), "南宁", "制动距离超差复测", "1800", days=20)
    visitor = screens.open().go("/account").sees("登录名")
    visitor.picture("30-door")
    visitor.fill("登录名", "engineer").fill("密码", company.password)
    visitor.press("登录").sees("王建军").picture("31-account")

    changed = "三峡的水 deeper river"
    visitor.fill("当前密码", company.password).fill("新密码", changed).fill("再输一次新密码", changed)
    visitor.press("保存新密码").sees("密码已修改，其他设备上的登录已全部退出。")

    visitor.press("English").sees("My account")
    visitor.language = "en"
    visitor.picture("32-account-en")
    visitor.press("中文").sees("我的账户")
    visitor.language = "zh"

    with visitor.page.context.expect_page() as opened:
        visitor.page.evaluate("window.open('/travel_requests')")
    old = Screen(opened.value, screens).settle()
    visitor.press("退出").sees("登录名")
    old.press("新建出差申请")
    old.sees("登录名").does_not_see("王建军").picture("33-old-page-after-signing-out")

    visitor.go(f"/travel_requests?number={number}").sees("登录名").does_not_see(number)
    visitor.fill("登录名", "engineer").fill("密码", company.password).press("登录").sees("登录名或密码不正")
    visitor.fill("登录名", "engineer").fill("密码", changed).press("登录")
    visitor.sees("没有找到这份单据，或者您无权查看")
    demo = screens.open().go(f"/travel_requests?number={number}").press("演示账号").press(company.cast.stranger.name)
    demo.sees(number, "制动距离超差复测").picture("34-through-the-door-to-the-document")


# --- the stations


def _travel(company: Company, screens: Screens) -> tuple[Screen, str]:
    """Applied for, signed by both, travelled: the engineer's screen and the number of the trip."""
    engineer = screens.of(company.cast.engineer)
    trip = _apply(engineer)
    _sign_after_reading(screens.of(company.cast.department_head), trip)
    director = screens.of(company.cast.office_director, f"/travel_requests?number={trip}")
    director.press("同意").sees("已同意").picture("08-office-director-signed")
    _come_back(engineer, trip)
    return engineer, trip


def _apply(me: Screen) -> str:
    """Fill in, save, send, withdraw, send again; the number it gets."""
    me.sees("王建军，您好").picture("01-home")
    me.press("新建出差申请").sees("费用预计", "将依次由", "赵国强", "郑雅琴")
    me.has_help(4)
    today = local_day(datetime.now(UTC))
    assert me.day("开始日期") == today.isoformat()
    _type_request(me, "西安", TASK)
    me.paste([["城市间交通费", "1200.00", "高铁二等座往返"], ["住宿费", "800", ""]])
    me.sees("¥ 2,000.00", "贰仟元整", "预计 2 项").picture("02-request-typed")
    me.press("保存草稿").sees("草稿已保存", "2,000.00")
    me.go("/").sees("草稿").press(TASK).sees("费用预计").picture("03-draft-opened-again")
    me.press("提交").sees("已提交").picture("04-request-sent")
    number = me.number()
    me.press("更多").sees("撤回后可修改再提交").picture("05-more-actions").press("撤回").sees("已撤回")
    me.press("修改并重新提交").sees("费用预计").press("提交").sees("已提交")
    assert me.number() == number
    return number


def _type_request(me: Screen, where: str, task: str) -> None:
    me.fill("出发地", "株洲").fill("目的地", where).choose("交通工具", "火车").fill("出差事由", task)


def _send(me: Screen, where: str, task: str, amount: str, days: int) -> str:
    """A plain request for some days from now on."""
    me.go("/travel_requests").press("新建出差申请").sees("费用预计")
    start = local_day(datetime.now(UTC)) + timedelta(days=days)
    me.set_day("结束日期", start + timedelta(days=2)).set_day("开始日期", start)
    _type_request(me, where, task)
    me.paste([["住宿费", amount]]).press("提交").sees("已提交")
    return me.number()


def _sign_after_reading(me: Screen, number: str) -> None:
    me.go("/inbox").sees(TASK, "王建军", "2,000.00", "不到 1 分钟", "明天内").picture("06-inbox-of-the-head")
    me.press(TASK).sees(number, "高铁二等座往返", "贰仟元整", "撤回", "接下来", "郑雅琴")
    me.picture("07-request-at-the-head").press("同意").sees("已同意")


def _come_back(me: Screen, number: str) -> None:
    me.go(f"/travel_requests?number={number}").sees("登记实际出发与返回").picture("09-on-the-trip")
    today = local_day(datetime.now(UTC))
    me.set_day("实际返回", today).press("登记返回").sees("确已提前返回的").picture("10-0-back-early")
    me.page.locator("button:visible").filter(has=me.page.get_by_text("登记返回", exact=True)).last.click()
    me.settle().sees("已办理", "已办结").picture("10-back")


def _agreed_request(company: Company, trip: str) -> str:
    """A meal to which both agreed and that is recorded, on a day on which one works; how the claim calls it."""
    today = local_day(datetime.now(UTC))
    with company.at_home(), writing() as session:
        session.add(CalendarDay(day=today, working=True))
        paper = session.exec(select(Document).where(Document.number == trip)).one()
        engineer, kind = session.get_one(Person, company.cast.engineer.id), company.cast.expense["entertainment"]
        factories.spending_request(session, engineer, paper, kind, Decimal("250.00"), planned_on=today, spent_on=today)
        return requests_to_claim(session, engineer, datetime.now(UTC))[0].label


def _claim(me: Screen, trip: str, request: str) -> str:
    me.press("报销费用").sees("票据", "收款")
    assert [me.value(one) for one in ("出发地", "目的地", "事由", "补助天数")] == ["株洲", "西安", TASK, "1"]
    today = local_day(datetime.now(UTC)).isoformat()
    assert (me.day("开始日期"), me.day("结束日期")) == (today, today)
    assert me.chosen("出差申请").startswith(trip)
    me.picture("11-claim-from-the-trip")
    under = {"业务招待费": ["", request]}
    me.paste([[today, "", kind, *rest, *under.get(kind, [])] for kind, rest in VOUCHERS])
    me.sees("¥ 1,550.50", "壹仟伍佰伍拾元伍角整", "票据 4 张")
    me.page.get_by_test_id("stFileUploader").last.locator("input").set_input_files(
        [
            {"name": "住宿发票.pdf", "mimeType": "application/pdf", "buffer": _drawn("PDF")},
            {"name": "车票.jpg", "mimeType": "image/jpeg", "buffer": _drawn("JPEG")},
        ]
    )
    for name in ("住宿发票.pdf", "车票.jpg"):  # kept, not only chosen
        me.page.get_by_role("link", name=name).wait_for(timeout=15_000)
    me.settle().picture("12-claim-typed")
    me.show("上传附件").picture("13-claim-with-vouchers")
    me.press("提交").sees("已提交").picture("14-claim-sent")
    return me.number()


def _check_and_pay(screens: Screens, company: Company, number: str) -> None:
    cast = company.cast
    signers = [
        (cast.clerk, "核对无误"),
        (cast.department_head, "同意"),
        (cast.vice_president, "同意"),
        (cast.office_director, "同意"),
        (cast.finance_vp, "同意"),
    ]
    for place, (person, words) in enumerate(signers):
        signer = screens.of(person, f"/expense_claims?number={number}")
        signer.sees(number, "住宿发票.pdf", "车票.jpg", "招-1", "票-3")
        if person is cast.clerk:
            signer.press("收到纸质单据").sees("纸质单据已由 陈晓芸")
        if person is cast.vice_president:
            answer = signer.fetch("住宿发票.pdf")
            assert answer.status == 200 and answer.body().startswith(b"%PDF")
        signer.picture(f"15-{place}-claim-at-{person.login}").press(words).sees("已同意")

    audit = screens.of(cast.finance_officer, f"/expense_claims?number={number}").sees("逐行审核").picture("16-audit")
    audit.type_last(1, ["360", ""]).press("审核通过").sees("票-2 核减没有写原因").picture("17-0-cut-without-a-reason")
    audit.type_last(1, ["", "超出住宿标准"]).press("审核通过")
    audit.sees("已同意", "核定金额", "1,410.50", "票-2 核定金额", "超出住宿标准").picture("17-audited")

    screens.of(cast.cashier, "/inbox").sees("1,410.50").does_not_see("1,550.50")
    cashier = screens.of(cast.cashier, f"/expense_claims?number={number}").sees("1,410.50", "待付款")
    cashier.fill("付款凭证号", "付 202611-018").picture("18-cashier").press("登记付款")
    cashier.sees("已办理", "已办结").picture("19-paid")


def _print(me: Screen, trip: str, claim: str) -> None:
    me.go(f"/travel_requests?number={trip}")
    _is_pdf_with(me.fetch("打印申请书"), "出差申请书", trip, "王建军", "赵国强", "郑雅琴", "贰仟元整")
    me.go(f"/expense_claims?number={claim}").sees("核定金额")
    _is_pdf_with(me.fetch("打印报销单"), "差旅费报销单", claim, "壹仟肆佰壹拾元伍角整", "卫东升", "付 202611-018")
    _is_pdf_with(me.fetch("打印粘贴单"), "原始凭证粘贴单", claim, "票-3", "招-1")


def _is_pdf_with(answer: object, *words: str) -> None:
    assert answer.status == 200 and answer.headers["content-type"] == "application/pdf"  # type: ignore[attr-defined]
    pages = pypdfium2.PdfDocument(answer.body())  # type: ignore[attr-defined]
    said = "".join(page.get_textpage().get_text_range() for page in pages).replace("\r\n", "")
    for word in words:
        assert word.replace(" ", "") in said.replace(" ", ""), word


def _export(me: Screen, trip: str) -> None:
    me.go("/travel_requests").picture("19-list")
    answer = me.fetch("导出 Excel")
    assert "spreadsheetml" in answer.headers["content-type"]
    rows = list(openpyxl.load_workbook(io.BytesIO(answer.body())).active.iter_rows(values_only=True))
    mine = next(row for row in rows if trip in row)
    assert any(TASK in str(cell) for cell in mine)
    assert any(cell == 2000 for cell in mine)


def _drawn(kind: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (600, 400), "#f4efe6").save(file, kind)
    return file.getvalue()
