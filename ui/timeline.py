"""The right third of a document: what happened, who is asked now, who follows."""

from types import SimpleNamespace

import streamlit as st
from sqlmodel import Session

from models import Document, Role
from services.documents import KINDS
from services.documents.kind import DocumentType, Lines, Row, lines_of
from services.documents.timeline import Change, Entry, Open, held_now, open_now, timeline
from services.durations import due_words, waited_words
from services.engine.action import SUBMIT
from services.engine.preview import Station, route_ahead, unknown_ahead
from services.engine.seats import NOT_NAMED
from services.routes import Clock
from ui.clock import now
from ui.paper import line_name, readable
from ui.texts import escaped, has_words, label, refusal, step_name, t, words

ICONS = {
    "approve": ":green[:material/check_circle:]",
    "complete": ":green[:material/task_alt:]",
    "submit": ":green[:material/send:]",
    "return": ":orange[:material/undo:]",
    "reject": ":red[:material/cancel:]",
    "withdraw": ":gray[:material/undo:]",
    "cancel": ":gray[:material/block:]",
    "comment": ":gray[:material/chat_bubble:]",
    "issue": ":green[:material/task_alt:]",
    "release": ":gray[:material/lock_open:]",
    "escalate": ":orange[:material/notification_important:]",
    "transfer": ":gray[:material/forward:]",
    "ask_before": ":gray[:material/group_add:]",
    "ask_after": ":green[:material/check_circle:]",
    "remind": ":gray[:material/notifications_active:]",
    "pause": ":gray[:material/pause_circle:]",
    "resume": ":gray[:material/play_circle:]",
    "take_back": ":gray[:material/undo:]",
    "reopen": ":gray[:material/lock_open:]",
    "reverse": ":orange[:material/history:]",
}
MOST_CHANGES = 12
_WENT = ("to", "sent_back_to", "resumed_at")
"""Where in an event's data it says at which step the paper goes on."""
COLOURS = {
    "approve": "green",
    "ask_after": "green",
    "complete": "green",
    "submit": "green",
    "return": "orange",
    "reject": "red",
}


def draw_timeline(session: Session, document: Document) -> None:
    st.markdown(f"**{t('timeline.past')}**")
    sent = False
    for entry in timeline(session, document):
        _entry(entry, change_words(session, document, entry), again=sent)
        sent = sent or entry.action == SUBMIT
    for one in open_now(session, document, now()):
        _open(one)
    for one in held_now(session, document):
        _held(one)
    ahead = route_ahead(session, document, now())
    draw_stations(ahead, t("timeline.ahead"))
    draw_unknown_years(unknown_ahead(session, ahead, now(), document.due_at))


def draw_stations(stations: list[Station], heading: str) -> None:
    """Who will decide, in which order, with deputies and clocks; a vacant seat says why."""
    if not stations:
        return
    st.markdown(f"**{heading}**")
    for station in stations:
        with st.container(horizontal=True, wrap=False, gap="small"):
            vacant = station.problem and station.problem.key != NOT_NAMED
            st.markdown(":red[:material/error:]" if vacant else ":gray[:material/circle:]", width="content")
            st.markdown(_station_words(station))


def draw_unknown_years(years: list[int]) -> None:
    """The clocks reach into years whose holidays nobody has announced yet."""
    if years:
        st.markdown(f":gray[:small[{t('timeline.unknown_year', years=t('word.comma').join(map(str, years)))}]]")


def _station_words(station: Station) -> str:
    if station.problem and station.problem.key == NOT_NAMED:  # he is named on the way
        return f":gray[{step_name(station.step)}]"
    if station.problem:
        return f"{step_name(station.step)}  \n:red[:small[{refusal(station.problem)}]]"
    people = t("word.or").join(escaped(person.name) for person in station.people)
    said = f"{people}  :gray[{step_name(station.step, station.instead_of or station.role)}]"
    small = [clock_words(station.within)] if station.within else []
    if station.instead_of and station.role:
        small.append(t("timeline.instead", role=t(f"role.{station.role}"), of=t(f"role.{station.instead_of}")))
    if station.deputies:
        small.append(t("timeline.deputies", names=t("word.comma").join(escaped(one.name) for one in station.deputies)))
    return said + (f"  \n:gray[:small[{t('word.stop').join(small)}]]" if small else "")


def clock_words(clock: Clock) -> str:
    if clock.working_days is not None:
        return t("clock.working_days", count=clock.working_days)
    if clock.working_hours is not None:
        return t("clock.working_hours", count=clock.working_hours)
    if clock.end_of is not None:
        return t("clock.end_of", field=t(f"field.{clock.end_of}"))
    if clock.promise is not None:
        return t("clock.promise", promise=t(f"promise.{clock.promise}"))
    return t("clock.hours", count=clock.hours or 0)


def change_words(session: Session, document: Document, entry: Entry) -> list[str]:
    """What a step changed, each in a line: where the paper went back to, what was filled in, what was cut."""
    kind = KINDS[document.kind]
    said = [t(f"timeline.{key}", step=_desk(entry.data[key])) for key in _WENT if entry.data.get(key)]
    for change in entry.changes[:MOST_CHANGES]:
        where = ""
        if change.table and change.line:
            lines = kind.lines(change.table)
            row = next((one for one in lines_of(session, document, lines) if one.position == change.line), None)
            where = (line_name(lines, row) if row else str(change.line)) + " "
        said.append(where + _change(session, kind, change))
    if len(entry.changes) > MOST_CHANGES:
        said.append(t("timeline.more_changes", count=len(entry.changes) - MOST_CHANGES))
    return said


def _change(session: Session, kind: DocumentType, change: Change) -> str:
    section = next((one for one in kind.sections for item in one.items if _is_table(item, change.field)), None)
    if section:
        return t("timeline.lines_changed", table=t(section.key), before=change.before, after=change.after)
    table = kind.lines(change.table).table if change.table else kind.table
    pair = [SimpleNamespace(**{change.field: value}) for value in (change.before, change.after)]
    before, after = (row[change.field] for row in readable(session, kind, table, pair, (change.field,)))
    key = "timeline.changed" if before else "timeline.filled_in"
    return t(key, field=label(kind, change.field), before=before, after=after or "—")


def _is_table(item: Row | Lines, name: str) -> bool:
    return isinstance(item, Lines) and item.name == name


def _desk(step: str) -> str:
    return t("timeline.applicant") if step == "applicant" else step_name(step)


def _entry(entry: Entry, changes: list[str], *, again: bool) -> None:
    colour = COLOURS.get(entry.action, "gray")
    name = escaped(entry.actor) or t("timeline.portal")
    if entry.for_name:
        name = t("timeline.for", deputy=name, principal=escaped(entry.for_name))
    role = f"  :gray[{_role(entry)}]" if entry.step else ""
    small = [words(entry.at)]
    if entry.took:
        key, facts = waited_words(entry.took)
        small.append(t("timeline.took", time=t(key, **facts)))
    facts = {name: escaped(entry.data.get(name, "")) for name in ("name", "address")}
    facts["amount"] = entry.data.get("amount", "")
    did = t(_did(entry, again), **facts)
    said = f"**{name}**{role}  :{colour}[{did}]  \n:gray[:small[{t('word.stop').join(small)}]]"
    with st.container(horizontal=True, wrap=False, gap="small"):
        st.markdown(ICONS.get(entry.action, ":gray[:material/circle:]"), width="content")
        with st.container(gap=None):
            st.markdown(said)
            if entry.note:
                st.caption(f"“{escaped(entry.note)}”")
            for one in changes:
                st.caption(escaped(" ".join(one.split())))


def _did(entry: Entry, again: bool) -> str:
    """The text key of what was done: some steps have a word of their own, and so has sending once more."""
    own = f"did.{entry.action}.{'again' if again and entry.action == SUBMIT else entry.step}"
    return own if has_words(own) else f"did.{entry.action}"


def _role(entry: Entry) -> str:
    if entry.asked_by is not None:
        return t("timeline.asked_by", name=escaped(entry.asked_by))
    return step_name(entry.step or "", entry.role)


def _open(one: Open) -> None:
    people = t("word.or").join(escaped(name) for name in one.people)
    key, facts = waited_words(now() - one.opened_at)
    small = [t("timeline.waiting", time=t(key, **facts))]
    if one.instead_of and one.role:
        small.append(t("timeline.instead", role=t(f"role.{Role(one.role)}"), of=t(f"role.{Role(one.instead_of)}")))
    if one.deputies:
        small.append(t("timeline.deputies", names=t("word.comma").join(map(escaped, one.deputies))))
    desk = t("timeline.asked") if one.asked else step_name(one.step, one.instead_of or one.role)
    said = f"**{people}**  :gray[{desk}]  :blue[{t('mark.paused' if one.paused else 'timeline.open')}]"
    said += f"  \n:gray[:small[{t('word.stop').join(small)}]]"
    if one.due_at:
        key, facts = due_words(one.due_at, now())
        due = t(key, **facts)
        said += f"  :red[:small[{due}]]" if one.due_at < now() else f"  :gray[:small[{t('timeline.due', time=due)}]]"
    with st.container(horizontal=True, wrap=False, gap="small"):
        st.markdown(":blue[:material/radio_button_checked:]", width="content")
        st.markdown(said)


def _held(one: Open) -> None:
    """He asked a colleague first: his own decision comes after."""
    people = t("word.or").join(escaped(name) for name in one.people)
    said = f"{people}  :gray[{step_name(one.step, one.instead_of or one.role)}]"
    with st.container(horizontal=True, wrap=False, gap="small"):
        st.markdown(":gray[:material/circle:]", width="content")
        st.markdown(f"{said}  \n:gray[:small[{t('timeline.held')}]]")
