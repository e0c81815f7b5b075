"""What holds for every kind of paper is asked of every kind, so that the next one is asked on arrival."""

import inspect
import re
import sys
from collections.abc import Iterator
from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlmodel import Session, SQLModel

from models import Person, Role
from services.access import may_start
from services.config import ROOT
from services.database import reading, writing
from services.documents import BY_SLUG, KINDS
from services.documents.fields import Type, spec
from services.documents.filling import check_value
from services.documents.kind import DocumentType
from services.documents.lookups import names, options
from services.engine import act
from services.engine.case import Case
from services.errors import Refused
from services.lists import columns_of
from services.people import holders
from services.routes import RETURN, Of, Step, as_data, from_data, holds
from services.settings import SETTINGS
from services.texts import has_text, languages, term_of, text
from tests import factories
from tests.complaint_story import at_step, stock
from tests.factories import NOW, Cast
from tests.parts_story import store
from tests.story import BACK, approved_trip, finished_trip, paid_advance, recorded_request, sent_adjustment, sent_trip

OPERATORS = {"==", "!=", ">=", ">", "<=", "<", "in"}
every_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())


def _has(*keys: str) -> None:
    """One of the keys has a text in each language."""
    for language in languages():
        found = [key for key in keys if has_text(language, key)]
        assert found, f"{' or '.join(keys)} has no text in {language}"
        assert text(language, found[0]).strip()


def _forms(kind: DocumentType) -> Iterator[tuple[type[SQLModel], type[SQLModel], tuple[str, ...]]]:
    """Each form of a kind with its table and the fields that are typed into it."""
    yield kind.form, kind.table, kind.fields
    for lines in kind.typed_tables:
        yield lines.form, lines.table, lines.columns


def _sources(kind: DocumentType) -> Iterator[str]:
    """The text of a kind's file and of the modules beside it which it uses."""
    beside = [module for name, module in sys.modules.items() if name.startswith("services.documents.")]
    own = next(module for module in beside if any(one is kind for one in vars(module).values()))
    yield inspect.getsource(own)
    for used in vars(own).values():
        if inspect.ismodule(used) and used in beside:
            yield inspect.getsource(used)


def _starter(session: Session, cast: Cast, kind: DocumentType) -> Person:
    """Somebody who may start a paper of the kind."""
    people = (one for one in vars(cast).values() if isinstance(one, Person))
    return next(person for person in people if may_start(session, person, kind.code))


def _steps(kind: DocumentType) -> Iterator[tuple[int, Step]]:
    yield from enumerate(kind.route)


# --- its name


def test_a_kind_is_registered_under_its_code_and_its_address() -> None:
    assert all(code == kind.code for code, kind in KINDS.items())
    assert len(BY_SLUG) == len(KINDS)


@every_kind
def test_code_and_address_are_what_numbers_and_links_are_made_of(kind: DocumentType) -> None:
    assert re.fullmatch(r"[A-Z]{2,4}", kind.code)
    assert re.fullmatch(r"[a-z][a-z_]+", kind.slug)
    assert len(f"{kind.code}-202611-99999") <= 20


@every_kind
def test_a_kind_has_its_names_in_both_languages(kind: DocumentType) -> None:
    for key in (f"kind.{kind.code}", f"start.{kind.code}", f"{kind.code}.intro", f"area.{kind.area}"):
        _has(key)


@every_kind
def test_sections_fields_and_tables_have_their_names_in_both_languages(kind: DocumentType) -> None:
    for section in kind.sections:
        _has(section.key)
    for name in {*kind.fields, *kind.after, *kind.columns}:
        _has(f"{kind.code}.field.{name}", f"field.{name}")
    for lines in kind.tables:
        _has(f"{kind.code}.field.{lines.name}", f"field.{lines.name}", f"{kind.code}.count.{lines.name}")
    for lines in (*kind.tables, *kind.added):
        for name in (*lines.columns, *lines.derived):
            _has(f"{kind.code}.field.{name}", f"field.{name}")
    for name in {*columns_of(kind), *columns_of(None)} - set(kind.columns):
        _has(f"column.{name}")


@every_kind
def test_its_lines_are_counted_in_both_languages(kind: DocumentType) -> None:
    for lines in kind.tables:
        for count in (0, 1, 2):
            for language in languages():
                assert str(count) in text(language, f"{kind.code}.count.{lines.name}", count=count)


@every_kind
def test_every_choice_has_its_name_in_both_languages(kind: DocumentType) -> None:
    for form, _, fields in _forms(kind):
        for name in fields:
            for one in spec(form, name).choices or ():
                _has(term_of(one).key)


@every_kind
def test_every_step_and_everything_one_may_do_in_it_has_its_name_in_both_languages(kind: DocumentType) -> None:
    for _, step in _steps(kind):
        _has(f"step.{step.key}", f"role.{step.key}")
        for outcome in step.outcomes:
            for area in ("action", "did", "told"):
                _has(f"{area}.{outcome.key}")
        if step.fields:
            _has(f"step.{step.key}.fill")
        for owner in step.owners:
            if owner.person and owner.person != "applicant":
                _has(f"field.{owner.person}", f"{kind.code}.field.{owner.person}")


@every_kind
def test_what_its_author_may_do_and_what_the_trail_tells_has_its_name_in_both_languages(kind: DocumentType) -> None:
    for action in ("submit", "withdraw", "cancel", "comment"):
        for area in ("action", "did", "told"):
            _has(f"{area}.{action}")
    for action in ("attach", "detach"):
        _has(f"did.{action}")


@every_kind
def test_its_prints_have_their_names_and_their_templates(kind: DocumentType) -> None:
    assert len({one.key for one in kind.prints}) == len(kind.prints)
    for one in kind.prints:
        _has(f"print.{kind.code}.{one.key}")
        assert (ROOT / "services" / "prints" / "templates" / f"{one.template}.typ").exists()
        assert re.fullmatch(r"[a-z_]+", one.key)


@every_kind
def test_the_messages_it_names_exist_in_both_languages(kind: DocumentType) -> None:
    """Those of the modules it is made of too: a complaint's faults stand beside its steps."""
    named = set[str]()
    for source in _sources(kind):
        named |= set(re.findall(rf'"((?:{kind.code}\.)?(?:fault|refused|fact)\.\w+)"', source))
    assert named
    for key in named:
        _has(key)


# --- its fields


@every_kind
def test_its_table_holds_everything_its_form_asks_and_more(kind: DocumentType) -> None:
    for form, table, fields in _forms(kind):
        columns = set(sa.inspect(table).columns.keys())
        assert "document_id" in columns
        assert set(form.model_fields) <= columns
        assert set(fields) <= set(form.model_fields)
        assert issubclass(table, form)


@every_kind
def test_the_form_asks_for_everything_that_is_required(kind: DocumentType) -> None:
    """What stands in the form class and on no form can never be filled in."""
    for form, _, fields in _forms(kind):
        missing = [name for name in form.model_fields if name not in fields and spec(form, name).required]
        assert not missing, f"{form.__name__} requires {', '.join(missing)}"


@every_kind
def test_each_field_stands_on_the_paper_once(kind: DocumentType) -> None:
    assert len(set(kind.fields)) == len(kind.fields)
    assert len({lines.name for lines in kind.tables}) == len(kind.tables)
    assert not {lines.name for lines in kind.tables} & set(kind.fields)
    for lines in kind.tables:
        assert len(set(lines.columns)) == len(lines.columns)


@every_kind
def test_its_own_fields_are_not_called_like_the_headers(kind: DocumentType) -> None:
    """A row of a list holds both."""
    taken = {"id", "kind", "number", "title", "applicant", "department", "amount", "state", "step", "due_at"}
    assert not taken & {*kind.columns, *kind.fields, *kind.after}


@every_kind
def test_list_print_and_paper_declare_only_fields_the_table_has(kind: DocumentType) -> None:
    columns = set(sa.inspect(kind.table).columns.keys())
    assert {*kind.columns, *kind.after, *kind.people} <= columns
    for lines in kind.tables:
        own = set(sa.inspect(lines.table).columns.keys())
        assert {*lines.columns, *lines.derived} <= own
        shown = {*lines.on_paper, *lines.beneath, *(names_ for small in lines.beneath.values() for names_ in small)}
        assert {name for names_ in shown for name in names_} <= {*lines.columns, *lines.derived}, lines.name
        assert {"position", "document_id", "id"} <= own
        assert 0 <= lines.least <= lines.most


@every_kind
def test_people_are_named_by_fields_that_hold_people(kind: DocumentType) -> None:
    """Every field that names a person says whether the paper is in his favour: else he could decide on it."""
    naming = {name for name in {*kind.fields, *kind.after} if spec(kind.table, name).table == "person"}
    assert naming == set(kind.people)


@every_kind
def test_every_link_has_something_to_choose_from_and_a_name_to_read(kind: DocumentType, cast: Cast) -> None:
    """Whatever is offered reads as something, on the paper as in the form."""
    recorded_request(cast, finished_trip(cast))
    approved_trip(cast, starts_on="2026-12-07", ends_on="2026-12-08")
    paid_advance(cast)
    sent_trip(cast, starts_on="2026-12-14", ends_on="2026-12-15")
    sent_adjustment(cast, taken=[])
    at_step(cast, "verify")
    store()
    stock()
    with writing() as session:
        factories.asset(session, "A-001", cast.service)
    with reading() as session:
        for form, _, fields in _forms(kind):
            for name in fields:
                field = spec(form, name)
                if field.kind in (Type.LINK, Type.LINKS):
                    offered = options(session, _starter(session, cast, kind), kind, field, BACK)
                    assert offered, f"{kind.code}.{name} offers nothing"
                    read = names(session, field.table or "", [one.value for one in offered], "zh")
                    assert all(read.get(one.value) for one in offered), f"{kind.code}.{name}"


@every_kind
def test_every_empty_field_is_either_required_or_empty(kind: DocumentType) -> None:
    for form, _, fields in _forms(kind):
        for name in fields:
            value, fault = check_value(spec(form, name), None)
            assert (fault is not None) == spec(form, name).required
            assert fault is None or value is None


@every_kind
def test_a_new_form_opens_with_fields_of_its_own(kind: DocumentType, cast: Cast) -> None:
    with reading() as session:
        try:
            opened = kind.defaults(session, cast.engineer, None, NOW)
        except Refused:
            return
    assert set(opened) <= {*kind.fields, *(lines.name for lines in kind.tables)}


# --- its route


@every_kind
def test_its_route_is_data(kind: DocumentType) -> None:
    assert from_data(as_data(kind.route)) == kind.route


@every_kind
def test_each_step_is_called_by_a_key_of_its_own_that_its_column_holds(kind: DocumentType) -> None:
    keys = [step.key for _, step in _steps(kind)]
    assert len(set(keys)) == len(keys)
    assert all(len(key) <= 40 and key != "applicant" for key in keys)


@every_kind
def test_every_step_has_an_owner_who_is_a_role_or_a_person_of_the_paper(kind: DocumentType) -> None:
    columns = set(sa.inspect(kind.table).columns.keys())
    for _, step in _steps(kind):
        assert step.owners
        for owner in step.owners:
            assert bool(owner.role) != bool(owner.person)
            assert owner.person in (None, "applicant") or owner.person in columns
            assert owner.of != Of.HANDLING or "handling_department_id" in columns
            assert owner.of != Of.TOUCHED or "department_ids" in columns


@every_kind
def test_the_standing_company_fills_every_role_of_its_route(kind: DocumentType, cast: Cast) -> None:
    """So that tests can play it from end to end."""
    with reading() as session:
        for _, step in _steps(kind):
            for owner in step.owners:
                if owner.role:
                    where = None if owner.of == Of.COMPANY else cast.service.id
                    assert holders(session, owner.role, where), f"nobody is {owner.role}"


@every_kind
def test_no_step_of_its_route_is_an_administrators(kind: DocumentType) -> None:
    """He sets up and decides nothing."""
    owners = {owner.role for _, step in _steps(kind) for owner in step.owners}
    assert Role.ADMINISTRATOR not in owners | set(kind.readers)


@every_kind
def test_outcomes_lead_to_steps_that_there_are(kind: DocumentType) -> None:
    keys = {step.key for _, step in _steps(kind)}
    for _, step in _steps(kind):
        assert step.outcomes
        assert len({outcome.key for outcome in step.outcomes}) == len(step.outcomes)
        assert {outcome.to for outcome in step.outcomes if outcome.to} <= keys


@every_kind
def test_what_ends_or_returns_a_paper_needs_a_reason(kind: DocumentType) -> None:
    for _, step in _steps(kind):
        for outcome in step.outcomes:
            assert outcome.needs_note or outcome.key not in (RETURN, "reject")


@every_kind
def test_outcomes_do_not_bear_the_name_of_what_an_author_does(kind: DocumentType) -> None:
    own = {"submit", "withdraw", "cancel", "comment"}
    assert not own & {outcome.key for _, step in _steps(kind) for outcome in step.outcomes}


@every_kind
def test_a_step_asks_only_for_fields_there_are_and_that_no_argument_hides(kind: DocumentType) -> None:
    columns = set(sa.inspect(kind.table).columns.keys())
    arguments = set(inspect.signature(act).parameters) | {"lines"}
    for _, step in _steps(kind):
        assert set(step.fields) <= columns
        assert set(step.required) <= set(step.fields)
        assert not set(step.fields) & arguments
        assert set(step.fields) <= {*kind.fields, *kind.after}, "what is filled in can be read on the paper"
        for table, names_ in step.line_fields.items():
            lines = kind.lines(table)
            assert set(names_) <= {*lines.columns, *lines.derived}


@every_kind
def test_conditions_compare_fields_there_are_with_settings_there_are(kind: DocumentType) -> None:
    columns = set(sa.inspect(kind.table).columns.keys()) | {"amount"}
    for _, step in _steps(kind):
        for condition in step.when:
            assert condition.field in columns
            assert condition.op in OPERATORS
            assert condition.setting is None or condition.setting in SETTINGS
            declared = SETTINGS[condition.setting] if condition.setting else None
            wanted = declared.read(declared.default) if declared else condition.value
            equal = condition.op in ("==", "<=", ">=", "in")
            assert holds(condition, wanted[0] if condition.op == "in" else wanted, wanted) is equal, condition


@every_kind
def test_a_clock_has_one_unit(kind: DocumentType) -> None:
    for _, step in _steps(kind):
        if step.within:
            clock = step.within
            units = (clock.hours, clock.working_hours, clock.working_days, clock.end_of, clock.promise)
            assert sum(unit is not None for unit in units) == 1
            assert clock.promise in {None, *(one.key for one in kind.promises)}
            assert all(unit is None or isinstance(unit, str) or unit > 0 for unit in units)


@every_kind
def test_what_an_answer_says_of_the_paper_its_fields_can_hold(kind: DocumentType) -> None:
    for _, step in _steps(kind):
        for outcome in step.outcomes:
            for name, value in outcome.sets.items():
                assert check_value(spec(kind.table, name), value) == (value, None), f"{step.key}.{outcome.key}: {name}"
                _has(f"{kind.code}.field.{name}", f"field.{name}")  # the timeline says what an answer changed


@every_kind
def test_its_promises_are_kept_at_steps_there_are_and_have_their_names(kind: DocumentType) -> None:
    keys = {step.key for _, step in _steps(kind)}
    assert len({one.key for one in kind.promises}) == len(kind.promises)
    for one in kind.promises:
        assert one.step in keys
        _has(f"promise.{one.key}")


@every_kind
def test_a_table_that_a_step_fills_in_as_a_whole_is_one_of_its_own(kind: DocumentType) -> None:
    names_ = {lines.name for lines in kind.added}
    for _, step in _steps(kind):
        assert {step.table, step.adds} <= {None, *names_}
        if step.table:
            _has(f"{kind.code}.section.{step.table}")
            _has(f"step.{step.key}.fill")


@every_kind
def test_its_paper_is_approved_at_some_step_and_every_effect_is_reached(kind: DocumentType) -> None:
    milestones = [step.milestone for _, step in _steps(kind) if step.milestone]
    assert "approved" in milestones
    assert len(set(milestones)) == len(milestones)
    assert set(kind.effects) <= {*milestones, "cancelled"}


@every_kind
def test_its_guards_watch_over_acts_there_are(kind: DocumentType) -> None:
    acts = {outcome.key for _, step in _steps(kind) for outcome in step.outcomes}
    assert set(kind.guards) <= acts | {"withdraw", "cancel", "return", "reject", "reverse"}


@every_kind
def test_a_decision_is_made_by_a_role_and_never_by_whoever_the_paper_favours(kind: DocumentType) -> None:
    favoured = {name for name, benefits in kind.people.items() if benefits} | {"applicant"}
    for _, step in _steps(kind):
        if step.decides:
            assert not favoured & {owner.person for owner in step.owners}


# --- what it leads to


@every_kind
def test_it_starts_from_a_kind_that_offers_it(kind: DocumentType) -> None:
    assert kind.alone or kind.starts_from
    offering = {code for code, other in KINDS.items() if kind.code in {one.kind for one in other.follow_ups}}
    assert offering == set(kind.starts_from)
    for follow_up in kind.follow_ups:
        assert follow_up.kind in KINDS


@every_kind
def test_a_case_knows_what_its_route_asks(kind: DocumentType) -> None:
    asked = {condition.field for _, step in _steps(kind) for condition in step.when}
    case = Case(kind.code, 1, 1, Decimal("7.00"), {name: f"<{name}>" for name in asked}, frozenset())
    for name in asked:
        assert case.field(name) == (Decimal("7.00") if name == "amount" else f"<{name}>")


def test_no_two_kinds_share_a_table() -> None:
    tables = [table for kind in KINDS.values() for table in (kind.table, *(lines.table for lines in kind.tables))]
    assert len(set(tables)) == len(tables)
