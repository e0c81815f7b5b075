"""The text index finds what a look at every text would find, whoever wrote the text (issue 6, 6).

PORTAL_LONG_TESTS=1 compares more texts and words.
"""

import os
from dataclasses import replace
from random import Random

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Channel, Complaint, Document
from services.database import reading
from services.lists import Filters, listing
from services.reports.cases import CaseFilters, View
from services.reports.complaint_register import register
from services.schema import differences
from services.search import INDEXED, holds, ids_holding
from tests import factories
from tests.complaint_story import sent_complaint
from tests.factories import NOW, Cast

LONG = bool(os.environ.get("PORTAL_LONG_TESTS"))
LETTERS = "漏漏风制动缸aAbBéÉß1%_/\\'\"* \n😀👨‍🔧\u202e。"
"""Few, so that words are found; signs that mean something to a database or to an index among them."""


def _text(chance: Random, longest: int) -> str:
    return "".join(chance.choice(LETTERS) for _ in range(chance.randint(1, longest)))


def _cases(session: Session, cast: Cast, chance: Random, count: int) -> None:
    customer = factories.customer(session, "K", cast.service)
    for _ in range(count):
        paper = factories.document(session, "CP", cast.engineer, title=_text(chance, 30))
        said = {"content": _text(chance, 60), "finding": _text(chance, 20) if chance.random() < 0.5 else None}
        fixed = {"customer_id": customer.id, "contact": "李工", "channel": "phone", "received_at": NOW}
        session.add(Complaint.model_validate({"document_id": paper.id} | fixed | said))
    session.flush()


def _by_index(session: Session, word: str) -> set[int]:
    return set(session.execute(ids_holding(session, (Document, Complaint), word)).scalars())


def _by_looking(session: Session, word: str) -> set[int]:
    found: set[int] = set()
    for table, key in ((Document, Document.id), (Complaint, Complaint.document_id)):
        texts = [holds(session, getattr(table, name), word) for name in INDEXED[table.__tablename__]]
        found |= set(session.execute(sa.select(col(key)).where(sa.or_(*texts))).scalars())
    return found


def _agree(session: Session, chance: Random, words: int) -> int:
    """How many of so many random words are somewhere; each is found where it is and nowhere else."""
    somewhere = 0
    for _ in range(words):
        word = _text(chance, 4)
        found = _by_index(session, word)
        assert found == _by_looking(session, word), word
        somewhere += bool(found)
    return somewhere


def test_every_word_is_found_where_it_is_and_nowhere_else(session: Session, cast: Cast) -> None:
    """One character and more, signs that mean something elsewhere, too: the index against a look at all."""
    chance = Random(61)
    _cases(session, cast, chance, 2000 if LONG else 150)
    words = 3000 if LONG else 300
    assert words // 2 < _agree(session, chance, words) < words


def test_the_index_follows_whatever_is_changed_and_by_whom(session: Session, cast: Cast) -> None:
    """Through objects, by one statement for many rows, by a deletion, and not where a transaction is given up."""
    chance = Random(62)
    _cases(session, cast, chance, 40)
    session.commit()
    first, second, third = session.exec(select(Complaint).order_by(col(Complaint.document_id)).limit(3)).all()
    first.content, first.finding = "排风不止" * 5, None
    session.flush()
    assert _by_index(session, "排风") == {first.document_id}
    session.rollback()
    assert _by_index(session, "排风") == set()
    first.content = "排风不止"
    session.delete(second)
    few = sa.update(Complaint).where(col(Complaint.document_id) > third.document_id + 20)
    session.execute(few.values(cause="轴承游隙超差"))
    session.execute(sa.update(Document).values(title=Document.title + " 补记"))
    session.commit()
    assert len(_by_index(session, "补记")) == len(_by_index(session, "记")) == 40
    assert len(_by_index(session, "游隙")) > 10
    _agree(session, chance, 100)


def test_a_register_and_a_list_find_by_it_what_their_reader_may_see(cast: Cast) -> None:
    sent_complaint(cast, content="2 号制动缸漏风👨‍🔧")
    with reading() as session:
        for word, count in (("漏风", 1), ("李工", 1), ("漏", 1), ("缸 漏", 0)):
            asked = CaseFilters(view=View.ALL, text=word)
            assert register(session, cast.quality_inspector, asked, NOW).count == count
            assert register(session, cast.stranger, asked, NOW).count == 0
        for word, count in (("西安", 1), ("安", 1), (cast.customer_service.name[-2:], 1), ("李工", 0)):
            assert listing(session, cast.quality_inspector, Filters(kind="CP", text=word), NOW).count == count
            assert listing(session, cast.stranger, Filters(kind="CP", text=word), NOW).count == 0


def test_a_register_counts_and_orders_alike_whether_few_hold_a_word_or_nearly_all(cast: Cast) -> None:
    """The word leads to few, the order to many: what stands there is the same."""
    for number in range(8):
        sent_complaint(
            cast, content="制动缸漏风" if number else "制动缸啸叫", channel="phone" if number % 2 else "email"
        )
    with reading() as session:
        for word, everywhere, by_mail in (("制动缸", 8, 4), ("漏风", 7, 3), ("啸叫", 1, 1)):
            found = _by_looking(session, word)
            assert len(found) == everywhere
            for view in View:
                asked = register(session, cast.quality_inspector, CaseFilters(view=view, text=word), NOW)
                assert {one.id for one in asked.cases} == (found if view in (View.OPEN, View.ALL) else set())
                assert (asked.views[View.ALL], asked.stages) == (everywhere, {"accept": everywhere})
            newest = [one.id for one in register(session, cast.quality_inspector, _all(word), NOW).cases]
            assert newest == sorted(newest, reverse=True)
            some = register(session, cast.quality_inspector, replace(_all(word), channel=Channel.EMAIL), NOW)
            assert (some.count, len(some.cases)) == (by_mail, by_mail)


def _all(word: str) -> CaseFilters:
    return CaseFilters(view=View.ALL, text=word)


def test_no_model_needs_to_speak_of_the_index(database: str) -> None:
    assert differences() == []
