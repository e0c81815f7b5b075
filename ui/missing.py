"""What has not come yet for a planned visit, on the order itself: seen before the technician leaves (P3-2.2)."""

from datetime import datetime

import streamlit as st
from sqlmodel import Session

from models import Document
from services.reports.missing_parts import Missing, missing_for, stage_words
from ui.texts import escaped, language, t, words


def draw_missing(session: Session, document: Document, now: datetime) -> None:
    """Nothing where all of it has come."""
    found = missing_for(session, document, now)
    if not found:
        return
    with st.container(border=True, key="missing-parts", gap="xsmall"):
        st.markdown(f":orange[:material/warning:] **{t('missing.for_visit')}** :gray[{len(found)}]")
        for one in found:
            st.markdown(_line(one))


def _line(one: Missing) -> str:
    colour = "red" if one.late or one.comes_too_late else "gray"
    said = [stage_words(one, language()), f"{t('missing.needed_on')} {words(one.needed_on)}"]
    said += [f"{t('missing.expected_on')} {words(one.expected_on)}"] if one.expected_on else []
    return f"{escaped(one.part)} × {one.quantity}  \n:{colour}[:small[{t('word.stop').join([*said, one.number])}]]"
