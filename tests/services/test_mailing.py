"""The letter to a supplier goes out by mail: once, after the act; its writer hears when it does not (P3-2.3a)."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from pypdfium2 import PdfDocument
from sqlmodel import col, select

from models import Channel, Document, Letter, LetterState, Notice, Person, Supplier
from services import letters
from services.database import reading, writing
from services.documents.marks import marks_of
from services.documents.supplier_notice import facts
from services.mailing import post
from services.worker import one_round
from tests.factories import NOW, Cast
from tests.mail_sink import Sink, mail_sink
from tests.parts_story import ANSWERED, SENT, head_of_quality, sent_notice, store
from tests.story import detail, do, events, may, refusal

MINUTE = timedelta(minutes=1)


@pytest.fixture
def sink(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sink]:
    """A mail server, and a supplier and a writer with addresses."""
    head_of_quality(cast)
    supplier_id, writer_id = store()[2].id, cast.purchaser.id
    with writing() as session:
        session.get_one(Supplier, supplier_id).email = "service@haishu.example"
        session.get_one(Person, writer_id).email = "purchaser@lanfeng.example"
    with mail_sink() as sink:
        monkeypatch.setenv("PORTAL_SMTP_URL", sink.url)
        monkeypatch.setenv("PORTAL_MAIL_FROM", "portal@lanfeng.example")
        yield sink


def mailed(cast: Cast) -> Document:
    return do(cast.purchaser, sent_notice(cast), "mail_letter", now=NOW)


def letter_of(paper: Document) -> Letter:
    with reading() as session:
        letter = letters.latest(session, paper.id)
    assert letter is not None
    return letter


def told(cast: Cast) -> list[str]:
    with reading() as session:
        mine = select(Notice.key).where(Notice.person_id == cast.purchaser.id, col(Notice.key).startswith("mail_"))
        return list(session.exec(mine))


def test_a_letter_is_mailed_after_the_act_with_what_the_clause_asks_for(cast: Cast, sink: Sink) -> None:
    """P3-2.3a: told in writing, to whom the answer goes"""
    paper = mailed(cast)
    assert sink.mails == [], "nothing goes out before the act is kept"
    assert (paper.step, detail(paper).sent_way, str(detail(paper).sent_on)) == (
        "notice_answer",
        Channel.EMAIL,
        "2026-11-23",
    )
    assert one_round(NOW)["mailed"] == 1 and one_round(NOW + MINUTE)["mailed"] == 0
    [mail] = sink.mails
    assert sink.recipients == ["service@haishu.example"] and mail["Reply-To"] == "purchaser@lanfeng.example"
    assert paper.number in mail["Subject"] and paper.number in mail["Message-ID"]
    body, pdf = mail.get_body(), next(mail.iter_attachments())
    assert body is not None and "EV-24D" in body.get_content() and pdf.get_filename() == f"{paper.number}.pdf"
    page = PdfDocument(pdf.get_payload(decode=True))[0].get_textpage().get_text_range()
    assert "海曙气动" in page and "029-1111" in page
    assert letter_of(paper).state == LetterState.SENT and events(paper)[-1].action == "mailed"
    assert events(paper)[-1].data["address"] == "service@haishu.example"
    with reading() as session:
        assert ("SN.fact.mailed_at", NOW) in facts(session, paper)


def test_without_mail_server_or_address_it_is_marked_as_sent(
    cast: Cast, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    paper = sent_notice(cast)
    assert "mail_letter" in may(cast.purchaser, paper, NOW)
    supplier_id = store()[2].id
    with writing() as session:
        session.get_one(Supplier, supplier_id).email = "service@haishu.example, boss@haishu.example"
    assert "mail_letter" not in may(cast.purchaser, paper, NOW), "one address, and no list that smuggles others in"
    monkeypatch.delenv("PORTAL_SMTP_URL")
    assert refusal(do, cast.purchaser, paper, "mail_letter", now=NOW).key == "action.not_allowed"
    assert do(cast.purchaser, paper, "complete", now=NOW, **SENT).step == "notice_answer"
    assert one_round(NOW)["mailed"] == 0 and sink.mails == []


@pytest.mark.parametrize("typed", ["a@[", "a@[x", "(a@b", "a@b)", "a\\@b", "a@b\x01", "a b@c", "a@b@c", "a"])
def test_what_no_mail_can_be_addressed_to_is_no_address(typed: str) -> None:
    """Python's own mails break over some of them, and the outbox with them"""
    assert not letters.is_address(typed) and letters.is_address("service@haishu.example")


def test_nobody_but_its_writer_mails_it(cast: Cast, sink: Sink) -> None:
    paper = sent_notice(cast)
    assert refusal(do, cast.production_engineer, paper, "mail_letter", now=NOW).key == "action.not_allowed"
    assert refusal(do, cast.engineer, paper, "mail_letter", now=NOW).key == "access.not_found"


def test_a_server_that_is_busy_is_asked_again_and_it_goes_out_once(cast: Cast, sink: Sink) -> None:
    sink.says["RCPT"] = "451 try again later"
    paper = mailed(cast)
    post(NOW)
    waiting = letter_of(paper)
    assert (waiting.state, waiting.tries, waiting.error) == (LetterState.WAITING, 1, "451 try again later")
    sink.says.clear()
    assert post(NOW + MINUTE / 2) == 0, "not before its time"
    with ThreadPoolExecutor(3) as several:
        assert sum(several.map(post, [NOW + MINUTE] * 3)) == 1
    assert len(sink.mails) == 1 and told(cast) == []


def test_a_server_that_stays_away_is_given_up_and_the_letter_sent_otherwise(
    cast: Cast, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTAL_SMTP_URL", "smtp://127.0.0.1:9")
    paper, at = mailed(cast), NOW
    for pause in (*letters.AGAIN_AFTER, timedelta()):
        post(at)
        at += pause
    assert letter_of(paper).state == LetterState.FAILED and told(cast) == ["mail_failed"]
    assert marks(paper, at) == ["SN.mark.not_mailed"]
    paper = do(cast.purchaser, paper, "send_again", now=at)
    assert (paper.step, detail(paper).sent_on, detail(paper).mailed, marks(paper, at)) == (
        "notice_send",
        None,
        False,
        [],
    )
    assert do(cast.purchaser, paper, "complete", now=at, **SENT | {"sent_way": "letter"}).step == "notice_answer"


def test_an_address_that_does_not_exist_is_told_at_once(cast: Cast, sink: Sink) -> None:
    sink.says["RCPT"] = "550 no such user"
    paper = mailed(cast)
    post(NOW)
    assert letter_of(paper).state == LetterState.FAILED and told(cast) == ["mail_failed"]


@pytest.mark.parametrize("server_says", [{".": ""}, {"DATA": ""}])
def test_a_letter_of_which_nobody_knows_is_never_sent_twice(
    cast: Cast, sink: Sink, server_says: dict[str, str]
) -> None:
    """The line broke while it was handed over: its writer asks the supplier."""
    sink.says |= server_says
    paper = mailed(cast)
    post(NOW)
    sink.says.clear()
    assert letter_of(paper).state == LetterState.UNCERTAIN and told(cast) == ["mail_uncertain"]
    assert post(NOW + timedelta(days=1)) == 0 and len(sink.mails) <= 1


def test_a_worker_that_died_in_the_middle_is_noticed(cast: Cast, sink: Sink) -> None:
    paper = mailed(cast)
    with writing() as session:
        assert letters.take(session, letter_of(paper).id, NOW)
    one_round(NOW + letters.LONGEST_SENDING)
    assert letter_of(paper).state == LetterState.SENDING
    one_round(NOW + letters.LONGEST_SENDING + MINUTE)
    assert letter_of(paper).state == LetterState.UNCERTAIN and told(cast) == ["mail_uncertain"] and not sink.mails


def test_what_is_taken_back_or_cancelled_before_it_went_is_not_sent(cast: Cast, sink: Sink) -> None:
    again = do(cast.purchaser, mailed(cast), "send_again", now=NOW)
    cancelled = do(cast.purchaser, mailed(cast), "cancel", now=NOW, note="供应商已到现场")
    assert post(NOW) == 0 and sink.mails == []
    again = do(cast.purchaser, again, "mail_letter", now=NOW)
    assert post(NOW) == 1 and letter_of(cancelled).state == LetterState.WITHDRAWN
    assert "send_again" not in may(cast.purchaser, again, NOW), "what is gone is gone"
    assert do(cast.purchaser, again, "complete", now=NOW, **ANSWERED).step == "notice_solve"


def marks(paper: Document, now: datetime) -> list[str]:
    with reading() as session:
        return [one.key for one in marks_of(session, [("SN", paper.id)], now).get(paper.id, [])]
