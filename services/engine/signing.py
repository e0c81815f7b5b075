"""What the owner of a task does with it: decide or complete it, give the paper back, turn it down."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlmodel import Session

from models import Document, Person, State, TaskState
from services.documents import KINDS
from services.documents.filling import check_field, fill, fill_lines
from services.documents.kind import DocumentType, Filled, lines_of
from services.documents.papers import (
    add_line,
    content_digest,
    detail_of,
    fill_in,
    follow_lines,
    raw_of,
    replace_lines,
)
from services.engine.action import Act
from services.engine.ahead import applies
from services.engine.asked import people_asked, tell_asker
from services.engine.case import REVERSAL
from services.engine.flow import (
    advance,
    close_open_tasks,
    decided,
    end,
    guard,
    step_is_signed,
    undo_signatures,
)
from services.engine.own_lines import lines_to_fill
from services.engine.rehoming import rehome, release
from services.engine.reversing import settle
from services.engine.seats import sitter
from services.errors import Fault, Invalid, Refused
from services.notices import tell
from services.routes import FINISH, REJECT, RETURN, Outcome, Step, position

TO_APPLICANT = "applicant"


def sign(doing: Act) -> None:
    """End a task with one of its step's outcomes: approve, complete, or one the step names itself."""
    step = doing.action.step
    assert step
    outcome = step.outcome(doing.action.key)
    assert outcome
    if step.key == REVERSAL:
        close(doing, outcome)
        settle(doing.journey, reversed_=True)
        return
    if fill_and_sign(doing, step, outcome):
        go_on(doing, outcome)


def fill_and_sign(doing: Act, step: Step, outcome: Outcome) -> bool:
    """Take what the step asks for, count the paper's amount anew and put the signature under it.

    False where the paper does not go on: others had approved another amount, and it is theirs again.
    """
    if outcome.fills:
        take_answers(doing, step)
    if outcome.sets:
        doing.data.setdefault("changed", {}).update(fill_in(doing.session, doing.document, dict(outcome.sets), {}))
    guard(doing.journey, outcome.key)
    recount = not step.cuts and _changes_amount(doing)
    if recount:
        doing.document.amount = _amount_now(doing)
        _must_still_be_covered(doing)
    close(doing, outcome)
    return not (recount and _sent_back_by_money(doing))


def go_on(doing: Act, outcome: Outcome) -> None:
    """What follows a signature: the others of the step, else the next step, else the end."""
    journey, task = doing.journey, doing.task
    if task.asked_by_id is not None:
        release(journey, task)
        tell_asker(journey, task, doing.user)
    step = journey.step(task.step)
    if outcome.to is None and not step_is_signed(journey, step):
        rehome(journey)
        return
    close_open_tasks(journey)
    route = journey.route
    here = position(route, step.key)
    if step.asked_while and outcome.to is None and applies(journey.session, step, journey.case, journey.now):
        advance(journey, here)
        return
    if outcome.to == FINISH:
        advance(journey, len(route))
        return
    index = position(route, outcome.to) if outcome.to else here + 1
    if index <= here:
        undo_signatures(journey, index)
        advance(journey, index)
    else:
        advance(journey, index, passed=route[here:index])


def give_paper_back(doing: Act) -> None:
    """Give the paper back: to the applicant, who mends and sends it again, or to an earlier step."""
    journey, document = doing.journey, doing.document
    target = doing.to or TO_APPLICANT
    if target != TO_APPLICANT and target not in doing.action.returns_to:
        raise Refused("action.no_such_step")
    guard(journey, doing.action.key)
    close(doing, Outcome(RETURN))
    close_open_tasks(journey)
    doing.data["to"] = target
    if target == TO_APPLICANT:
        document.state, document.step = State.RETURNED, None
        document.draft = raw_of(doing.session, document)
        return
    back = position(journey.route, target)
    undo_signatures(journey, back)
    advance(journey, back)


def call_back(doing: Act) -> None:
    """Take the paper back to the step at which it was planned; whoever it waited for is told."""
    journey = doing.journey
    step, waiting = journey.step(doing.document.step or ""), people_asked(journey)
    assert step.recalled_to
    close_open_tasks(journey)
    back = position(journey.route, step.recalled_to)
    undo_signatures(journey, back)
    advance(journey, back)
    tell(doing.session, waiting - {doing.user.id}, "called_back", doing.document, doing.now, by=doing.user.name)


def reject(doing: Act) -> None:
    """Turn the paper down; or, where its reversal was asked for, let it stand."""
    if doing.document.state == State.REVERSING:
        close(doing, Outcome(REJECT))
        settle(doing.journey, reversed_=False)
        return
    guard(doing.journey, doing.action.key)
    close(doing, Outcome(REJECT))
    end(doing.journey, State.REJECTED)


def close(doing: Act, outcome: Outcome) -> None:
    """Put the signature under the task: who, for whom, what was decided, and what he saw."""
    task, content = doing.task, content_digest(doing.session, doing.document)  # asked first: one UPDATE, not two
    task.state, task.closed_at, task.outcome = TaskState.DONE, doing.now, outcome.key
    task.closed_by_id = doing.user.id
    task.on_behalf_of_id = doing.action.for_person.id if doing.action.for_person else None
    task.amount, task.content = doing.document.amount, content
    doing.data["digest"] = content  # sealed in the trail: the task's row alone could be written anew


def take_answers(doing: Act, step: Step) -> None:
    """Check and store what the step asks its owner to fill in; anything else that was sent along is ignored.

    What was not sent stays as it is: a step that is asked again does not wipe what stands there.
    """
    kind, detail = KINDS[doing.document.kind], detail_of(doing.session, doing.document)
    filled = Filled(doing.session, doing.user, doing.now, {}, {}, doing.document)
    faults: list[Fault] = []
    fields: dict[str, Any] = {}
    for name in step.fields:
        fields[name], fault = getattr(detail, name), None
        if name in doing.answers:
            fields[name], fault = check_field(filled, kind, kind.table, name, doing.answers[name])
        if fault is None and name in step.required and fields[name] is None:
            fault = Fault(name, "fault.required")
        faults += [fault] if fault else []
    lines, in_lines = _columns_of_lines(doing, filled, kind, step)
    faults += in_lines
    line, wrong = _line_to_add(filled, kind, step, doing.answers)
    whole = _whole_table(filled, kind, step, doing.answers)
    faults += wrong + whole
    if faults:
        raise Invalid(faults)
    changed = fill_in(doing.session, doing.document, fields, lines)
    if step.adds:
        changed |= add_line(doing.session, doing.document, kind.lines(step.adds), line, doing.now)
    if step.table and step.table in filled.lines:
        rows = filled.lines[step.table]
        changed |= replace_lines(doing.session, doing.document, kind.lines(step.table), rows, doing.now)
    elif step.table:
        follow_lines(doing.session, doing.document, kind.lines(step.table), doing.now)
    if changed:
        doing.data["changed"] = changed


def read_answers(
    session: Session, user: Person, document: Document, step: Step, answers: dict[str, Any], now: datetime
) -> tuple[dict[str, Any], list[dict[str, Any]]] | None:
    """The fields and the lines of a step as it is answered, without storing them; None where something is wrong."""
    kind, detail = KINDS[document.kind], detail_of(session, document)
    filled = Filled(session, user, now, {}, {}, document)
    fields = {name: getattr(detail, name) for name in step.fields}
    for name in (name for name in step.fields if name in answers):
        fields[name], fault = check_field(filled, kind, kind.table, name, answers[name])
        if fault:
            return None
    if _whole_table(filled, kind, step, answers):
        return None
    return fields, filled.lines.get(step.table or "", [])


def _columns_of_lines(
    doing: Act, filled: Filled, kind: DocumentType, step: Step
) -> tuple[dict[str, dict[int, dict[str, Any]]], list[Fault]]:
    """What the step fills in in lines that are there, by table and position: the owner's own where each has his."""
    lines: dict[str, dict[int, dict[str, Any]]] = {}
    faults: list[Fault] = []
    for table_name, columns in step.line_fields.items():
        form, lines[table_name] = kind.lines(table_name).table, {}
        sent = (doing.answers.get("lines") or {}).get(table_name) or {}
        answered = {int(place): answer for place, answer in sent.items()}
        for row in lines_to_fill(doing.journey, doing.task, kind.lines(table_name)):
            for name in columns:
                value, fault = getattr(row, name), None
                if name in (answer := answered.get(row.position, {})):
                    value, fault = check_field(filled, kind, form, name, answer[name])
                if fault is None and name in step.line_required and value is None:
                    fault = Fault(name, "fault.required")
                if fault:
                    faults.append(Fault(name, fault.key, fault.facts, table_name, row.position))
                elif name in answer:
                    lines[table_name].setdefault(row.position, {})[name] = value
    return lines, faults


def _line_to_add(
    filled: Filled, kind: DocumentType, step: Step, answers: dict[str, Any]
) -> tuple[dict[str, Any], list[Fault]]:
    """The line that the step adds to a table, as it was answered."""
    line: dict[str, Any] = {}
    faults: list[Fault] = []
    if step.adds:
        table = kind.lines(step.adds)
        for name in table.columns:
            line[name], fault = check_field(filled, kind, table.form, name, answers.get(name))
            faults += [fault] if fault else []
    return line, faults


def _whole_table(filled: Filled, kind: DocumentType, step: Step, answers: dict[str, Any]) -> list[Fault]:
    """The table that the step fills in as a whole, as it was answered; one that was not sent stays as it is."""
    if step.table is None:
        return []
    table, sent = kind.lines(step.table), (answers.get("lines") or {}).get(step.table)
    if sent is None and filled.document and lines_of(filled.session, filled.document, table):
        return []
    filled.lines[table.name] = []
    return list(fill_lines(filled, kind, table, sent))


def _must_still_be_covered(doing: Act) -> None:
    """A deputy does not write in more than he may sign for."""
    journey, task = doing.journey, doing.task
    taken = journey.signed_beside(task)
    if sitter(doing.session, doing.user, task, journey.case, taken, doing.now) is None:
        raise Refused("action.beyond_limit", number=doing.document.number or "")


def _changes_amount(doing: Act) -> bool:
    """Did the step change what the author typed, from which the amount is made?"""
    kind = KINDS[doing.document.kind]
    typed = {*kind.fields, *(name for table in kind.tables for name in table.columns)}
    return any(key.rpartition(".")[2] in typed for key in doing.data.get("changed", {}))


def _amount_now(doing: Act) -> Decimal | None:
    """What the paper comes to with what the step filled in, at the rates of the day it was sent."""
    kind, document = KINDS[doing.document.kind], doing.document
    sent_at = document.submitted_at or doing.now
    filled, _ = fill(doing.session, doing.user, kind, raw_of(doing.session, document), sent_at, document)
    return kind.amount(filled)


def _sent_back_by_money(doing: Act) -> bool:
    """Money that a step changed after others had approved goes back to the first who approved another amount."""
    journey = doing.journey
    keys = {task.step for task in decided(journey.tasks) if task.amount != doing.document.amount}
    index = next((i for i, step in enumerate(journey.route) if step.key in keys), None)
    if index is None:
        return False
    close_open_tasks(journey)
    undo_signatures(journey, index)
    advance(journey, index)
    doing.data["sent_back_to"] = journey.route[index].key
    return True
