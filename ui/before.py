"""What there was before with a customer and his machine, beside the form in which his call is taken in (P6-8a)."""

from urllib.parse import quote

import streamlit as st
from sqlmodel import Session

from models import Person
from services.documents import KINDS
from services.documents.kind import Filled
from services.reports.customer_history import Happening, before
from ui.clock import now
from ui.paper import state_words
from ui.texts import escaped, t, words

_MOST = 5


def draw_before(session: Session, me: Person, filled: Filled) -> None:
    """Links open beside the form: whoever speaks with a customer does not leave it."""
    values, own = filled.values, filled.document.number if filled.document else None
    customer_id = values.get("customer_id")
    found = before(session, me, customer_id, values.get("serial"), now(), but=own)
    if found is None:
        return
    with st.container(border=True, gap="xsmall", key="before"):
        if found.serial:
            _list("history.before_machine", found.machine, f"serial={quote(found.serial)}")
        if customer_id:
            _list("history.before_customer", found.customer, f"customer={customer_id}")


def _list(heading: str, happenings: tuple[Happening, ...], whole: str) -> None:
    st.markdown(f"**{t(heading)}** :gray[{len(happenings)}]")
    if not happenings:
        st.markdown(f":gray[:small[{t('history.before_nothing')}]]")
    for one in happenings[:_MOST]:
        kind = KINDS[one.kind]
        address = f"/{kind.slug}?number={quote(one.number)}"
        state = state_words(one.state, one.step) if one.state else ""
        st.markdown(
            f":small[{words(one.day)} [{escaped(one.number)}]({address}) :gray[{escaped(state)}]]  \n"
            f":small[{escaped(one.title)}]"
        )
    if len(happenings) > _MOST:
        st.markdown(f":small[[{t('history.before_all')}](/customer?{whole})]")
