"""Posting what lies in the outbox: one letter after the other, each taken, sent and noted; no transaction waits for the
mail server meanwhile.
"""

import hashlib
import smtplib
import ssl
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from urllib.parse import unquote, urlsplit

from sqlmodel import Session

from models import Document, Letter, Person
from services import letters
from services.config import mail_sender, mail_server
from services.database import reading, writing
from services.errors import Refused
from services.prints.render import render
from services.settings import setting

PATIENCE = 20
"""Seconds that the mail server may take for each answer."""
_TEMPORARY = range(400, 500)


def post(now: datetime) -> int:
    """Send every letter that is due; how many went out. Without a mail server they wait."""
    server, sender = mail_server(), mail_sender()
    if server is None or sender is None:
        return 0
    with reading() as session:
        found = letters.due(session, now)
    return sum(_post_one(letter_id, server, sender, now) for letter_id in found)


def note_interrupted(now: datetime) -> None:
    """What another worker left in the middle."""
    with reading() as session:
        lost = letters.interrupted(session, now)
    for letter in lost:
        with writing() as session:
            letters.unknown(session, letter, now)


class Interrupted(Exception):
    """The line broke while the letter was handed over."""


def _post_one(letter_id: int, server: str, sender: str, now: datetime) -> bool:
    with writing() as session:
        letter = letters.take(session, letter_id, now)
    if letter is None:
        return False
    try:
        with reading() as session:
            message, pdf = _compose(session, letter, sender, now)
    except Refused as refused:
        return _failed(letter, refused.key, now, for_good=True)
    try:
        _send(server, message)
    except Interrupted as error:
        with writing() as session:
            letters.unknown(session, letter, now, str(error))
        return False
    except (OSError, smtplib.SMTPException) as error:
        return _failed(letter, _said(error), now, for_good=_is_final(error))
    with writing() as session:
        letters.gone(session, letter, now, hashlib.sha256(pdf).hexdigest())
    return True


def _failed(letter: Letter, why: str, now: datetime, *, for_good: bool) -> bool:
    with writing() as session:
        letters.failed(session, letter, why, now, for_good=for_good)
    return False


def _compose(session: Session, letter: Letter, sender: str, now: datetime) -> tuple[EmailMessage, bytes]:
    """The mail with its PDF; its id is the letter's own, so that whoever gets it twice can tell."""
    document = session.get_one(Document, letter.document_id)
    writer = session.get_one(Person, letter.queued_by_id)
    pdf = render(session, writer, document, letter.layout, base_url="", now=now)
    message = EmailMessage()
    message["From"] = formataddr((setting(session, "company.name", now), sender))
    message["To"] = letter.address
    if letter.reply_to:
        message["Reply-To"] = letter.reply_to
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{document.number}.{letter.id}@{sender.rpartition('@')[2]}>"
    message.set_content(letter.body)
    message.add_attachment(pdf, maintype="application", subtype="pdf", filename=f"{document.number}.pdf")
    return message, pdf


def _send(server: str, message: EmailMessage) -> None:
    """Hand it over. Raises `Interrupted` where the server may have it and did not say so."""
    smtp = _connected(server)
    try:
        smtp.send_message(message)
    except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused, smtplib.SMTPNotSupportedError):
        raise
    except OSError as error:
        raise Interrupted(_said(error)) from error
    finally:
        smtp.close()


def _connected(server: str) -> smtplib.SMTP:
    """The mail server, signed in; a password is only said on an encrypted line."""
    url, context = urlsplit(server), ssl.create_default_context()
    host = url.hostname or "localhost"
    if url.scheme == "smtps":
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(host, url.port or 465, timeout=PATIENCE, context=context)
    else:
        smtp = smtplib.SMTP(host, url.port or 587, timeout=PATIENCE)
    try:
        smtp.ehlo()
        if url.scheme != "smtps" and smtp.has_extn("starttls"):
            smtp.starttls(context=context)
            smtp.ehlo()
        elif url.scheme != "smtps" and url.username:
            raise smtplib.SMTPNotSupportedError("STARTTLS")
        if url.username:
            smtp.login(unquote(url.username), unquote(url.password or ""))
    except BaseException:
        smtp.close()
        raise
    return smtp


def _is_final(error: Exception) -> bool:
    """Would it be refused in an hour, too? The address, not the way to it."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code not in _TEMPORARY for code, _ in error.recipients.values())
    refused = isinstance(error, smtplib.SMTPResponseException) and error.smtp_code not in _TEMPORARY
    return refused and not isinstance(error, smtplib.SMTPAuthenticationError | smtplib.SMTPConnectError)


def _said(error: Exception) -> str:
    """What the server said, or the way to it."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return _answer(*next(iter(error.recipients.values())))
    if isinstance(error, smtplib.SMTPResponseException):
        return _answer(error.smtp_code, error.smtp_error)
    return str(error) or type(error).__name__


def _answer(code: int, words: bytes | str) -> str:
    return f"{code} {words.decode(errors='replace') if isinstance(words, bytes) else words}"
