"""The cost report: elements by departments by months, against budget and last year, and who bears it in the end."""

from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from models import Person
from services.database import reading, writing
from services.documents import KINDS
from services.months import month_said
from services.people import local_day
from services.reports import case_costs, costs, earnings
from services.reports.case_costs import Borne, Case
from services.reports.cost_files import bearer_names
from services.reports.costs import MONTHS, Line, Month, Scope
from services.reports.earnings import Earned
from services.reports.spending import Behind, departments_of
from ui.charts import costs as charts
from ui.charts import draw, in_units, money_unit
from ui.charts import spending as heat
from ui.clock import now
from ui.filters import choose
from ui.links import go
from ui.say import attempt, tell_next
from ui.session import signed_in
from ui.texts import escaped, language, t, words

_YEARS = 3
_TALL, _ROW, _EDGE, _LIST = 236, 26, 44, 225


def cost_report() -> None:
    me = signed_in()
    scope = Scope.read(st.query_params, now())
    with reading() as session:
        own = departments_of(session, me)
        if not own or (scope.department_id is not None and scope.department_id not in own):
            st.warning(t("costs.not_yours"), icon=":material/block:")
            return
        elements = costs.by_element(session, me, scope, language())
        departments = costs.by_department(session, me, scope)
        months = costs.by_month(session, me, scope)
        earned = earnings.by_month(session, me, scope)
        cases = case_costs.cases(session, me, scope, now())
        borne = case_costs.bearers(session, me, scope, bearer_names(language()))
        names = {str(id): name for id, name in costs.all_departments(session).items()} | bearer_names(language())
    _head(me, scope, own)
    _figures(months, cases)
    _months(me, scope, months)
    _income(me, scope, earned)
    _heat("elements", scope, elements, me)
    if len(departments) > 1:
        _heat("departments", scope, departments, me)
    _bearers(scope, borne, cases, names)
    _products(scope, cases)


def _head(me: Person, scope: Scope, own: dict[int, str]) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(t("menu.costs"), anchor=False, width="content")
        st.markdown(f":gray[{money_unit()}]", width="content")
        st.space("stretch")
        this = local_day(now()).year
        years = sorted({*range(this, this - _YEARS, -1), scope.year}, reverse=True)
        choose("costs", "year", [str(one) for one in years], scope.year, str, label=t("burn.year"))
        choose(
            "costs",
            "department",
            [str(one) for one in own],
            scope.department_id,
            lambda one: own[int(one)],
            label=t("burn.department"),
            every=t("burn.all_departments") if len(own) > 1 else None,
        )
    _sending(me)


def _sending(me: Person) -> None:
    """Finance gives the result to the departments; when it last did is seen by everybody (P8-4.3)."""
    with reading() as session:
        sends, sent = costs.may_send(session, me), costs.last_sent(session)
    month = costs.month_to_send(now())
    with st.container(horizontal=True, vertical_alignment="center"):
        if sent:
            said = t("costs.sent", month=month_said(sent[0]), at=words(sent[1]), name=sent[2])
            st.markdown(f":gray[:small[{escaped(said)}]]", width="content")
        if sends and st.button(
            t("costs.send", month=month_said(month)), icon=":material/send:", key="costs.send", type="tertiary"
        ):

            def send() -> int:
                with writing() as session:
                    return costs.send_result(session, me, month, now())

            count, _ = attempt(send)
            if count is not None:
                tell_next(t("costs.told", count=count))
                st.rerun()


def _figures(months: list[Month], cases: list[Case]) -> None:
    spent, planned, last = (
        sum((getattr(one, name) for one in months), Decimal(0)) for name in ("spent", "planned", "last")
    )
    cost = sum((one.cost for one in cases), Decimal(0))
    cards = {
        "spent": in_units(spent),
        "planned": in_units(planned),
        "last": in_units(last),
        "cases": str(len(cases)),
        "per_case": f"¥ {cost / len(cases):,.0f}" if cases else "—",
    }
    for column, (name, figure) in zip(st.columns(len(cards), gap="small"), cards.items(), strict=True):
        column.metric(t(f"costs.column.{name}"), figure, border=True)


def _months(me: Person, scope: Scope, months: list[Month]) -> None:
    with st.container(border=True):
        _title("months", scope, None)
        picked = draw(charts.months, charts.month_rows(months), key="costs.months", height=_TALL, picks=charts.MONTH)
        if picked:
            month = int(picked[0]["month"])
            with reading() as session:
                papers = costs.behind(session, me, scope, None, month, now())
            _papers("months", papers, f"{scope.year}-{month:02}")
        rows = [
            {"month": f"{scope.year}-{one.number:02}"}
            | {name: float(getattr(one, name)) for name in ("spent", "planned", "last")}
            for one in months
        ]
        _table("months", rows)


def _income(me: Person, scope: Scope, earned: list[Earned]) -> None:
    """What came in beside what it cost; a click shows the incomes of a month."""
    with st.container(border=True):
        _title("income", scope, "income")
        if not any(one.income for one in earned):
            st.info(t("costs.no_income"), icon=":material/inbox:")
            return
        picked = draw(charts.earned, charts.earned_rows(earned), key="costs.income", height=_TALL, picks=charts.MONTH)
        if picked:
            month = int(picked[0]["month"])
            with reading() as session:
                papers = earnings.behind(session, me, scope, month, now())
            _papers("income", papers, f"{scope.year}-{month:02}", figure="income")
        columns = ("income", "spent", "difference")
        rows = [
            {"month": f"{scope.year}-{one.number:02}"} | {name: float(getattr(one, name)) for name in columns}
            for one in earned
        ]
        _table("income", rows)


def _heat(part: str, scope: Scope, lines: list[Line], me: Person) -> None:
    with st.container(border=True):
        _title(part, scope, part)
        lines = [one for one in lines if any(one.months) or one.last]
        if not lines:
            st.info(t("spending.nothing"), icon=":material/inbox:")
            return
        rows = heat.purpose_rows([one.drawn for one in lines])
        height = _EDGE + _ROW * len(lines)
        picked = draw(heat.purposes, rows, key=f"costs.{part}", height=height, picks=heat.CELL)
        if picked:
            _behind_cell(part, scope, lines, me, str(picked[0]["key"]), int(picked[0]["month"]))
        planned = part == "departments"
        said = [f"{scope.year}-{month:02}" for month in MONTHS]
        _table(
            part,
            [
                {part[:-1]: one.name}
                | dict(zip(said, map(float, one.months), strict=True))
                | {"total": float(one.total)}
                | ({"planned": float(one.planned)} if planned else {})
                | {"last": float(one.last)}
                for one in lines
            ],
        )


def _behind_cell(part: str, scope: Scope, lines: list[Line], me: Person, key: str, month: int) -> None:
    chosen = None if month == heat.TOTAL else month
    name = next((one.name for one in lines if one.key == key), "")
    with reading() as session:
        if part == "elements":
            papers = costs.behind(session, me, scope, key, chosen, now())
        else:
            papers = costs.behind(session, me, Scope(scope.year, int(key)), None, chosen, now())
    when = str(scope.year) if chosen is None else f"{scope.year}-{chosen:02}"
    _papers(part, papers, f"{escaped(name)}  {when}")


def _bearers(scope: Scope, borne: list[Borne], cases: list[Case], names: dict[str, str]) -> None:
    with st.container(border=True):
        _title("bearers", scope, "bearers")
        if not any(one.spent or one.borne for one in borne):
            st.info(t("spending.nothing"), icon=":material/inbox:")
            return
        rows, height = charts.bearer_rows(borne), _EDGE + 30 * len(borne)
        picked = draw(charts.bearers, rows, key="costs.bearers", height=height, picks=charts.BEARER)
        key = str(picked[0]["key"]) if picked else None
        columns = ("spent", "handed_on", "borne", "after")
        _table(
            "bearers", [{"bearer": one.name} | {name: float(getattr(one, name)) for name in columns} for one in borne]
        )
        _cases(scope, case_costs.of_bearer(cases, key) if key else cases, names)


def _cases(scope: Scope, cases: list[Case], names: dict[str, str]) -> None:
    """Every allocated yuan beside its case; a click opens it."""
    _title("cases", scope, "cases")
    if not cases:
        st.caption(t("costs.no_cases"))
        return
    frame = pd.DataFrame(
        {
            "number": one.number or t("burn.not_readable"),
            "customer": one.customer,
            "product": one.product,
            "handled_by": names.get(str(one.handled_by), ""),
            "cost": float(one.cost),
            "shares": ", ".join(
                f"{names.get(share.key) or share.key[len(case_costs.SUPPLIER) :]} {words(share.amount)}"
                for share in one.shares
            ),
        }
        for one in cases
    )
    _pick(frame, {"cost"}, "costs.cases", [("CP", one.number) if one.number else None for one in cases])


def _products(scope: Scope, cases: list[Case]) -> None:
    found = case_costs.by_product(cases)
    if not found:
        return
    with st.container(border=True):
        _title("products", scope, "products")
        frame = pd.DataFrame(
            {
                "product": one.product or t("costs.no_product"),
                "cases": one.cases,
                "cost": float(one.cost),
                "per_case": float(one.per_case),
            }
            for one in found
        )
        st.dataframe(frame, hide_index=True, column_config=_config(frame, {"cost", "per_case"}), placeholder="")


# --- parts


def _title(key: str, scope: Scope, part: str | None) -> None:
    """What is shown, and its figures as Excel."""
    with st.container(horizontal=True, vertical_alignment="center", wrap=False):
        st.markdown(f"**{t(f'costs.{key}')}**  :gray[:small[{t(f'costs.{key}_said')}]]", width="stretch")
        if part:
            query = {"part": part, "year": scope.year, "department": scope.department_id or "", "lang": language()}
            address = f"/export/costs.xlsx?{urlencode(query)}"
            st.link_button(t("list.excel"), address, icon=":material/download:", type="tertiary")


def _papers(part: str, papers: list[Behind], said: str, *, figure: str = "cost") -> None:
    st.markdown(f":gray[:small[{t('burn.papers')} {said}]]")
    if not papers:
        st.caption(t("burn.no_papers"))
        return
    frame = pd.DataFrame(
        {
            "number": one.document.number if one.document else "",
            "title": one.document.title if one.document else t("burn.not_readable"),
            figure: float(one.figure),
        }
        for one in papers
    )
    links = [(one.document.kind, one.document.number) if one.document else None for one in papers]
    _pick(frame, {figure}, f"costs.{part}.papers", links)


def _pick(frame: pd.DataFrame, money: set[str], key: str, links: list[tuple[str, str | None] | None]) -> None:
    event = st.dataframe(
        frame,
        hide_index=True,
        height=min(38 + 35 * len(frame), _LIST),
        key=key,
        on_select="rerun",
        selection_mode="single-cell",
        column_config=_config(frame, money),
        placeholder="",
    )
    cells = event["selection"]["cells"]
    if cells and cells[0][0] < len(links) and (link := links[cells[0][0]]) and link[1]:
        go(KINDS[link[0]].slug, number=link[1])


def _table(part: str, rows: list[dict[str, Any]]) -> None:
    """A chart's figures, in yuan."""
    with st.expander(t("spending.table"), icon=":material/table_rows:"):
        frame = pd.DataFrame(rows)
        st.dataframe(
            frame,
            hide_index=True,
            column_config=_config(frame, set(frame.columns[1:])),
            placeholder="",
            key=f"costs.{part}.table",
        )


def _config(frame: pd.DataFrame, money: set[str]) -> dict[str, Any]:
    return {
        name: (
            st.column_config.NumberColumn(_column(name), format="accounting")
            if name in money
            else st.column_config.Column(_column(name))
        )
        for name in frame.columns
    }


def _column(name: str) -> str:
    return name if name[:2] == "20" else t(f"costs.column.{name}")
