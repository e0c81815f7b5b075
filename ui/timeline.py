"""The right third of a document: what happened, who is asked now, who follows."""

from collections.abc import Iterator, Sequence
from types import SimpleNamespace

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
from ui.lines import line_name, readable
from ui.pieces import block, draw, heading, said, sign, strong
from ui.texts import has_words, label, plain_refusal, step_name, t, words

ICONS = {
    "approve": ("check_circle", "green"),
    "complete": ("task_alt", "green"),
    "submit": ("send", "green"),
    "return": ("undo", "orange"),
    "reject": ("cancel", "red"),
    "withdraw": ("undo", "quiet"),
    "cancel": ("block", "quiet"),
    "comment": ("chat_bubble", "quiet"),
    "issue": ("task_alt", "green"),
    "release": ("lock_open", "quiet"),
    "escalate": ("notification_important", "orange"),
    "transfer": ("forward", "quiet"),
    "ask_before": ("group_add", "quiet"),
    "ask_after": ("check_circle", "green"),
    "remind": ("notifications_active", "quiet"),
    "pause": ("pause_circle", "quiet"),
    "resume": ("play_circle", "quiet"),
    "take_back": ("undo", "quiet"),
    "reopen": ("lock_open", "quiet"),
    "reverse": ("history", "orange"),
}
_EMPTY = ("circle", "quiet")
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
    parts, sent = [heading(t("timeline.past"))], False
    for entry in timeline(session, document):
        parts.append(_entry(entry, change_words(session, document, entry), again=sent))
        sent = sent or entry.action == SUBMIT
    parts += map(_open, open_now(session, document, now()))
    parts += map(_held, held_now(session, document))
    ahead = route_ahead(session, document, now())
    parts += _stations(ahead, t("timeline.ahead"))
    parts += _unknown_years(unknown_ahead(session, ahead, now(), document.due_at))
    draw(*parts)


def draw_stations(stations: list[Station], called: str, unknown: Sequence[int] = ()) -> None:
    """Who will decide, in which order, with deputies and clocks; a vacant seat says why.

    `unknown` are years that the clocks reach into and whose holidays nobody has announced yet.
    """
    draw(*_stations(stations, called), *_unknown_years(unknown))


def _stations(stations: Sequence[Station], called: str) -> Iterator[str]:
    if stations:
        yield heading(called)
    for station in stations:
        vacant = station.problem and station.problem.key != NOT_NAMED
        yield _event(("error", "red") if vacant else _EMPTY, *_station_words(station))


def _unknown_years(years: Sequence[int]) -> Iterator[str]:
    if years:
        yield block(said(t("timeline.unknown_year", years=t("word.comma").join(map(str, years)))), look="small quiet")


def _event(mark: tuple[str, str], *told: str) -> str:
    """A line of what happened or will: its sign, and what is told beside it."""
    return block(sign(*mark), block(*told), look="event")


def _station_words(station: Station) -> Iterator[str]:
    if station.problem and station.problem.key == NOT_NAMED:  # he is named on the way
        yield block(said(step_name(station.step), "quiet"))
        return
    if station.problem:
        yield block(said(step_name(station.step)))
        yield block(said(plain_refusal(station.problem)), look="small red")
        return
    people = t("word.or").join(person.name for person in station.people)
    yield block(said(people), " ", said(step_name(station.step, station.instead_of or station.role), "quiet"))
    small = [clock_words(station.within)] if station.within else []
    if station.instead_of and station.role:
        small.append(t("timeline.instead", role=t(f"role.{station.role}"), of=t(f"role.{station.instead_of}")))
    if station.deputies:
        small.append(t("timeline.deputies", names=t("word.comma").join(one.name for one in station.deputies)))
    if small:
        yield _small(small)


def _small(said_: Sequence[str]) -> str:
    return block(said(t("word.stop").join(said_)), look="small quiet")


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
    found = [t(f"timeline.{key}", step=_desk(entry.data[key])) for key in _WENT if entry.data.get(key)]
    for change in entry.changes[:MOST_CHANGES]:
        where = ""
        if change.table and change.line:
            lines = kind.lines(change.table)
            row = next((one for one in lines_of(session, document, lines) if one.position == change.line), None)
            where = (line_name(lines, row) if row else str(change.line)) + " "
        found.append(where + _change(session, kind, change))
    if len(entry.changes) > MOST_CHANGES:
        found.append(t("timeline.more_changes", count=len(entry.changes) - MOST_CHANGES))
    return found


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


def _entry(entry: Entry, changes: list[str], *, again: bool) -> str:
    name = entry.actor or t("timeline.portal")
    if entry.for_name:
        name = t("timeline.for", deputy=name, principal=entry.for_name)
    small = [words(entry.at)]
    if entry.took:
        key, took = waited_words(entry.took)
        small.append(t("timeline.took", time=t(key, **took)))
    facts = {one: entry.data.get(one, "") for one in ("name", "address", "amount")}
    did = said(t(_did(entry, again), **facts), COLOURS.get(entry.action, "quiet"))
    role = [said(_role(entry), "quiet")] if entry.step else []
    noted = [f"“{entry.note}”"] if entry.note else []
    changed = (" ".join(one.split()) for one in changes)
    more = [block(said(one), look="small quiet") for one in (*noted, *changed)]
    return _event(ICONS.get(entry.action, _EMPTY), block(" ".join((strong(name), *role, did))), _small(small), *more)


def _did(entry: Entry, again: bool) -> str:
    """The text key of what was done: some steps have a word of their own, and so has sending once more."""
    own = f"did.{entry.action}.{'again' if again and entry.action == SUBMIT else entry.step}"
    return own if has_words(own) else f"did.{entry.action}"


def _role(entry: Entry) -> str:
    if entry.asked_by is not None:
        return t("timeline.asked_by", name=entry.asked_by)
    return step_name(entry.step or "", entry.role)


def _open(one: Open) -> str:
    key, facts = waited_words(now() - one.opened_at)
    small = [t("timeline.waiting", time=t(key, **facts))]
    if one.instead_of and one.role:
        small.append(t("timeline.instead", role=t(f"role.{Role(one.role)}"), of=t(f"role.{Role(one.instead_of)}")))
    if one.deputies:
        small.append(t("timeline.deputies", names=t("word.comma").join(one.deputies)))
    due = ""
    if one.due_at:
        key, facts = due_words(one.due_at, now())
        till = t(key, **facts)
        late = one.due_at < now()
        due = " " + (said(till, "red") if late else said(t("timeline.due", time=till)))
    desk = t("timeline.asked") if one.asked else step_name(one.step, one.instead_of or one.role)
    state = said(t("mark.paused" if one.paused else "timeline.open"), "blue")
    asked = block(" ".join((strong(t("word.or").join(one.people)), said(desk, "quiet"), state)))
    waits = block(said(t("word.stop").join(small)), due, look="small quiet")
    return _event(("radio_button_checked", "blue"), asked, waits)


def _held(one: Open) -> str:
    """He asked a colleague first: his own decision comes after."""
    desk = said(step_name(one.step, one.instead_of or one.role), "quiet")
    asked = block(said(t("word.or").join(one.people)), " ", desk)
    return _event(_EMPTY, asked, block(said(t("timeline.held")), look="small quiet"))
