"""The figures on top of the turnaround page: whether all is well, each with its course over the weeks (P1-7.1)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import streamlit as st

from services.reports.turnaround import Handled, Turnaround, mean_amount, percentile, share
from ui.texts import t, words

_METRIC = 164


def figures(seen: Turnaround) -> None:
    with st.container(key="turnaround-figures"):
        cards = st.columns(7, gap="small")
    _rate(cards[0], seen, "answer", seen.answer_target)
    _rate(cards[1], seen, "verification", seen.verification_target)
    median, ninetieth = seen.median, seen.ninetieth
    said, colour = _quicker(seen)
    _card(cards[2], "median", _days(median), said, colour, _by_week(seen, lambda found: _part(found, 50)))
    beyond = ninetieth is not None and ninetieth > seen.days_target
    said = t("turnaround.target_days", days=seen.days_target)
    colour = "gray" if ninetieth is None else "red" if beyond else "green"
    _card(cards[3], "ninetieth", _days(ninetieth), said, colour, _by_week(seen, lambda found: _part(found, 90)))
    late = sum(case.late for case in seen.open)
    said = t("turnaround.late", count=late) if late else t("turnaround.none_late")
    course: list[float | None] = [float(week.open) for week in seen.weeks]
    _card(cards[4], "open", str(len(seen.open)), said, "orange" if late else "green", course)
    score = _score(seen.closed)
    said = t("turnaround.surveys", count=len(seen.scores))
    _card(cards[5], "satisfaction", f"{score:.1f}" if score else "—", said, "gray", _by_week(seen, _score))
    cost = mean_amount(seen.costs)
    said = t("turnaround.settled", count=len(seen.costs))
    _card(cards[6], "cost", words(cost) if cost is not None else "—", said, "gray", _by_week(seen, _cost))


def _rate(column: Any, seen: Turnaround, key: str, target: int) -> None:
    rate = seen.on_time(key)
    met = rate is not None and rate * 100 >= target
    course = []
    for week in seen.weeks:
        end = week.start + timedelta(days=6)
        course.append(share(one.on_time for one in seen.kept if one.key == key and week.start <= one.due_on <= end))
    said = t("turnaround.target", percent=target)
    colour = "gray" if rate is None else "green" if met else "red"
    _card(column, key, f"{rate:.1%}" if rate is not None else "—", said, colour, course)


def _quicker(seen: Turnaround) -> tuple[str, str]:
    """How the median stands against the weeks before."""
    if seen.median is None or seen.earlier is None:
        return t("turnaround.no_before"), "gray"
    change = seen.median - seen.earlier
    key = "turnaround.slower" if change > 0 else "turnaround.faster"
    return t(key, days=f"{abs(change):.1f}"), "red" if change > 0 else "green"


def _by_week(seen: Turnaround, reckon: Callable[[list[Handled]], float | None]) -> list[float | None]:
    """A figure of the cases that were closed in each week."""
    found = []
    for week in seen.weeks:
        end = week.start + timedelta(days=6)
        found.append(reckon([case for case in seen.closed if case.closed_on and week.start <= case.closed_on <= end]))
    return found


def _part(found: list[Handled], part: int) -> float | None:
    return percentile([case.days for case in found if case.days is not None], part)


def _score(found: list[Handled]) -> float | None:
    scores = [case.score for case in found if case.score is not None]
    return sum(scores) / len(scores) if scores else None


def _cost(found: list[Handled]) -> float | None:
    mean = mean_amount([case.cost for case in found if case.cost is not None])
    return None if mean is None else float(mean)


def _card(column: Any, name: str, figure: str, said: str, colour: str, course: list[float | None]) -> None:
    column.metric(
        t(f"turnaround.{name}"),
        figure,
        delta=said or " ",
        delta_color=colour,
        delta_arrow="off",
        border=True,
        height=_METRIC,
        chart_data=[one for one in course if one is not None] or None,
        chart_type="line",
    )


def _days(days: float | None) -> str:
    return "—" if days is None else t("turnaround.days", days=f"{days:.1f}")
