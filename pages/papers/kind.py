"""One page for each kind of paper: its list, a form for a new or returned one, and the document behind a number."""

import re
from collections.abc import Callable

import streamlit as st

from pages.papers.document import show_document
from pages.papers.edit import edit_paper, new_paper
from pages.papers.listing import show_list
from services.documents import KINDS

TOKEN = re.compile(r"[\w-]{1,40}", re.ASCII)
"""What a form's token looks like; the address may say anything."""


def page_of(code: str) -> Callable[[], None]:
    """The page function of a kind. What it shows stands in the address: `?number=`, `?edit=`, `?new=`, or filters."""
    kind = KINDS[code]

    def show() -> None:
        query = st.query_params
        if TOKEN.fullmatch(query.get("new", "")):
            new_paper(kind, query["new"], query.get("from"), query.to_dict())
        elif "edit" in query:
            edit_paper(kind, query["edit"])
        elif "number" in query or "id" in query:
            show_document(kind, number=query.get("number"), id=query.get("id"))
        else:
            show_list(kind)

    show.__name__ = kind.slug
    return show
