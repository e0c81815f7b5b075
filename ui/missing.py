"""What has not come yet for a planned visit, on the order itself: seen before the technician leaves (P3-2.2)."""

from datetime import datetime

from sqlmodel import Session

from models import Document
from services.reports.missing_parts import Missing, missing_for, stage_words
from ui.pieces import block, boxed, said, sign, strong
from ui.texts import language, t, words


def missing_piece(session: Session, document: Document, now: datetime) -> str:
    """Nothing where all of it has come."""
    found = missing_for(session, document, now)
    if not found:
        return ""
    head = block(sign("warning", "orange"), " ", strong(t("missing.for_visit")), " ", said(str(len(found)), "quiet"))
    return boxed(head, *map(_line, found), look="close")


def _line(one: Missing) -> str:
    look = "small red" if one.late or one.comes_too_late else "small quiet"
    facts = [stage_words(one, language()), f"{t('missing.needed_on')} {words(one.needed_on)}"]
    facts += [f"{t('missing.expected_on')} {words(one.expected_on)}"] if one.expected_on else []
    under = t("word.stop").join([*facts, one.number])
    return block(block(said(f"{one.part} × {one.quantity}")), block(said(under), look=look))
