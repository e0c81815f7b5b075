"""A route as people read it: its steps in words and as a picture, and in what it differs from another."""

import json
from decimal import Decimal
from textwrap import wrap
from typing import Any

import streamlit as st
from sqlmodel import Session

from services.documents.fields import spec
from services.documents.kind import DocumentType
from services.engine.designing import Difference, Part
from services.engine.soundness import Problem, condition_fits
from services.routes import FINISH, REJECT, RETURN, Condition, Owner, Route, Signers, Step
from services.settings import setting
from services.texts import has_text
from ui.clock import now
from ui.texts import escaped, label, language, step_name, t, words
from ui.timeline import clock_words

_SIGNS = {">=": "≥", ">": ">", "<=": "≤", "<": "<", "==": "=", "!=": "≠"}
_EMPTY = {"==": "routes.is_empty", "!=": "routes.is_filled"}
_GREY = "#7a808a"
"""Reads on a light page as on a dark one."""
_WIDE = 24
"""Letters in a line of the picture."""


def draw_steps(session: Session, kind: DocumentType, route: Route) -> None:
    """The steps in order, a line each: who acts, when at all, how long it may take."""
    heads = ("step", "who", "condition", "limit", "answers")
    lines = [" | ".join(["", *(t(f"routes.column.{head}") for head in heads), ""]), "|---" * len(heads) + "|"]
    for number, step in enumerate(route, start=1):
        cells = (
            f"{number}. {step_name(step.key)}",
            who_words(kind, step),
            escaped(condition_words(session, kind, step)) or t("routes.always"),
            clock_words(step.within) if step.within else "—",
            " / ".join(answer_words(step)),
        )
        lines.append(" | ".join(["", *cells, ""]))
    st.markdown("\n".join(lines))


def draw_picture(session: Session, kind: DocumentType, route: Route) -> None:
    """The way from the sending to the end; steps with a condition are dashed, outcomes that jump are named."""
    nodes = [_node("start", t("action.submit"), "oval"), _node(FINISH, t("state.done"), "oval")]
    ways = [_edge("start", route[0].key if route else FINISH)]
    for place, step in enumerate(route):
        when = [line for one in step.when for line in wrap(_condition(session, kind, one), _WIDE)]
        said = "\n".join([step_name(step.key), *when])
        nodes.append(_node(step.key, said, "box", dashed=bool(step.when)))
        following = route[place + 1].key if place + 1 < len(route) else FINISH
        if any(outcome.to is None and outcome.key not in (RETURN, REJECT) for outcome in step.outcomes):
            ways.append(_edge(step.key, following))
        ways += [_edge(step.key, one.to, t(f"action.{one.key}")) for one in step.outcomes if one.to]
    style = (
        f'bgcolor="transparent"; ranksep=0.25; node [color="{_GREY}", fontcolor="{_GREY}", fontsize=12, height=0.35];'
    )
    st.graphviz_chart(f'digraph {{ {style} edge [color="{_GREY}", fontcolor="{_GREY}"]; {" ".join(nodes + ways)} }}')


def draw_differences(session: Session, kind: DocumentType, found: list[Difference]) -> None:
    if not found:
        st.caption(t("routes.no_difference"))
    for one in found:
        st.markdown(f"- {_difference(session, kind, one)}")


def draw_problems(problems: list[Problem]) -> None:
    """What is wrong, at once; a vacancy alone is a warning."""
    for problem in problems:
        said = escaped(t(problem.key, **problem.facts))
        icon = ":orange[:material/person_off:]" if problem.is_vacancy else ":red[:material/error:]"
        st.markdown(f"{icon} {said}")


def who_words(kind: DocumentType, step: Step) -> str:
    said = (t("word.or") if step.signers == Signers.ANY_OWNER else " & ").join(
        _owner(kind, owner) for owner in step.owners
    )
    return t("routes.every_holder", who=said) if step.signers == Signers.EVERY_HOLDER else said


def condition_words(session: Session, kind: DocumentType, step: Step) -> str:
    """When a step is asked for at all; empty where always."""
    return t("word.comma").join(_condition(session, kind, one) for one in step.when)


def answer_words(step: Step) -> list[str]:
    own = [f"action.{outcome.key}.{step.key}" for outcome in step.outcomes]
    return [
        t(key if has_text(language(), key) else f"action.{outcome.key}")
        for key, outcome in zip(own, step.outcomes, strict=True)
    ]


def _owner(kind: DocumentType, owner: Owner) -> str:
    if owner.role:
        return t(f"routes.who.{owner.of}", role=t(f"role.{owner.role}"))
    return t("routes.who.themselves") if owner.person == "applicant" else label(kind, owner.person or "")


def _condition(session: Session, kind: DocumentType, condition: Condition) -> str:
    if not condition_fits(session, kind, condition, now()):  # of an older release, or as somebody wrote it down
        sign = _SIGNS.get(condition.op, condition.op)
        return f"{condition.field} {sign} {condition.setting or condition.value}"
    value = setting(session, condition.setting, now()) if condition.setting else condition.value
    if value is None and condition.op in _EMPTY:
        return t(_EMPTY[condition.op], field=label(kind, condition.field))
    name = t("routes.amount") if condition.field == "amount" else label(kind, condition.field)
    sign = _SIGNS.get(condition.op) or t("routes.one_of")
    return f"{name} {sign} {_value(kind, condition.field, value)}"


def _value(kind: DocumentType, field: str, value: Any) -> str:
    if value is None:
        return "—"
    if isinstance(value, list):
        return t("word.comma").join(_value(kind, field, one) for one in value)
    if field == "amount":
        return words(Decimal(value))
    choices = spec(kind.form, field).choices if field in kind.form.model_fields else None
    return words(choices(value) if choices else value)


def _difference(session: Session, kind: DocumentType, one: Difference) -> str:
    if one.part == Part.ORDER:
        return t("routes.differs.order", order=" → ".join(step_name(step.key) for step in one.after))
    if one.part == Part.EFFECT:
        return t("routes.differs.effect", step=_names(one.after), before=_names(one.before))
    step = (one.after or one.before)[0]
    facts = {"step": step_name(step.key)}
    if one.part in (Part.ADDED, Part.DROPPED, Part.OTHER):
        return t(f"routes.differs.{one.part}", who=who_words(kind, step), **facts)
    pair = [_said(session, kind, one.part, route[0]) for route in (one.before, one.after)]
    return t(f"routes.differs.{one.part}", before=pair[0], after=pair[1], **facts)


def _said(session: Session, kind: DocumentType, part: Part, step: Step) -> str:
    if part == Part.OWNERS:
        return who_words(kind, step)
    if part == Part.CLOCK:
        return clock_words(step.within) if step.within else t("routes.no_limit")
    return escaped(condition_words(session, kind, step)) or t("routes.always")


def _names(steps: Route) -> str:
    return t("word.comma").join(step_name(step.key) for step in steps) or "—"


def _node(key: str, said: str, shape: str, *, dashed: bool = False) -> str:
    style = ', style="dashed"' if dashed else ""
    return f'{json.dumps(key)} [label={json.dumps(said, ensure_ascii=False)}, shape="{shape}"{style}];'


def _edge(start: str, end: str, said: str = "") -> str:
    return f"{json.dumps(start)} -> {json.dumps(end)} [label={json.dumps(said, ensure_ascii=False)}];"
