"""Where a customer signs: with a finger on the phone, with a mouse, or on paper that is photographed (P6-9a)."""

import base64
import binascii
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from models import Document, Person
from services.attachments import check
from services.attachments.signature import sign, to_sign
from services.database import reading, writing
from services.documents.papers import detail_of
from ui.action_bar import put_faults
from ui.clock import now
from ui.say import attempt, tell_next
from ui.texts import t, words

LARGEST = 600_000
"""Bytes of a drawing; anything more was not drawn on the pad."""
_HTML = '<canvas></canvas><button type="button"></button>'
_CSS = """
canvas { width: 100%; height: 180px; border: 1px dashed var(--st-border-color, #b9c0cc); border-radius: 8px;
  touch-action: none; background: #fff; display: block; }
button { border: 0; background: none; color: var(--st-primary-color, #2f5fd0); font: inherit; cursor: pointer;
  padding: 6px 2px; }
"""
_BEFORE = "data:image/png;base64,"
_DRAWN = "signature.png"


@st.fragment
def signature_box(me: Person, document: Document, answers: dict[str, Any]) -> None:
    """The pad, a photo instead of it, and whether what is typed now is signed already."""
    key = f"signature.{document.id}"
    with reading() as session:
        found = session.get_one(Document, document.id)
        detail = detail_of(session, found)
        signed = detail is not None and detail.signature_id is not None
        covered, figures = to_sign(session, me, found, now(), answers)
    with st.container(border=True, key="signature-box"):
        st.markdown(f"**{t('signature.title')}**")
        if covered:
            st.markdown(f":green[:material/check_circle: {t('signature.kept')}]")
        elif signed:
            st.markdown(f":orange[:material/warning: {t('signature.changed')}]")
        else:
            st.caption(t("signature.covers"))
        for name, value in figures:
            st.markdown(f":gray[{t(name)}] **¥ {words(value)}**")
        way = st.segmented_control(
            t("signature.way"), ["draw", "photo"], default="draw", required=True, key=f"{key}.way",
            format_func=lambda one: t(f"signature.{one}"), label_visibility="collapsed",
        )  # fmt: skip
        if way == "draw":
            data, name = signature_pad(f"{key}.pad"), _DRAWN
        else:
            photo = st.camera_input(t("signature.photo"), key=f"{key}.photo", label_visibility="collapsed")
            data, name = (photo.getvalue() if photo else None), (photo.name if photo else "")
        if st.button(t("signature.keep"), key=f"{key}.keep", icon=":material/draw:", disabled=not data) and data:
            _keep(me, document, name, data, answers)


def signature_pad(key: str) -> bytes | None:
    """What is drawn on the pad, as PNG; None while it is empty. What a client sends is checked like any upload."""
    drawn = _pad()(key=key, data={"again": t("signature.again")}, default={"png": ""}, on_png_change=lambda: None)
    said = drawn.png
    if not isinstance(said, str) or not said.startswith(_BEFORE) or len(said) > LARGEST * 4 // 3:
        return None
    try:
        return base64.b64decode(said.removeprefix(_BEFORE), validate=True)
    except binascii.Error:
        return None


def _keep(me: Person, document: Document, name: str, data: bytes, answers: dict[str, Any]) -> None:
    def store() -> object:
        checked = check(name, data)  # looked into before the database is taken
        with writing() as session:
            return sign(session, me, session.get_one(Document, document.id), checked, now(), **answers)

    kept, faults = attempt(store)
    put_faults(document, faults)
    if kept is not None:
        tell_next(t("signature.kept"))
    if kept is not None or faults:
        st.rerun()  # what is wrong stands beside the fields above


@cache
def _pad() -> Any:
    script = Path(__file__).with_name("signature.js").read_text(encoding="utf-8")
    return st.components.v2.component("signature_pad", html=_HTML, css=_CSS, js=script)
