"""The script that Streamlit runs for everyone: who is signed in, the menu of his roles, the page he asked for."""

import html
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from models import Person
from pages.accounts_demo import accounts_demo
from pages.blank import blank
from pages.menu import MenuPage, pages_for
from services.accounts import is_demo
from services.config import is_measured
from services.database import reading
from services.errors import Refused
from services.people import standing
from services.texts import text
from ui import links
from ui.bell import bell
from ui.brand import MARK, logo
from ui.browser import reload, send_to
from ui.clock import now
from ui.menu import STARTS, draw_menu
from ui.rows import address_of, icon_of
from ui.say import told
from ui.session import is_over, sign_out, someone
from ui.sign_in import language_switch, new_password_page, sign_in_page
from ui.texts import language, refusal, speaking, t
from ui.web.doors import LEAVE

DEMO = MenuPage("demo.accounts", "accounts_demo", ":material/groups:", accounts_demo, hidden=True)
BLANK = MenuPage("product.name", "blank", ":material/speed:", blank)
WIDTH = 216
_SIGNED = "shell.signed"
STYLE = Path(__file__).with_name("portal.css")


def shell() -> None:
    person = someone()
    with speaking(language()):  # asked once a run, not for each of its hundreds of words
        _draw(person)


def _draw(person: Person | None) -> None:
    st.html(_style(language()))
    if person is None:
        _outside()
    elif person.must_change_password:
        _addresses_only()
        new_password_page(person, _ways_out)
    else:
        _inside(person)


def _inside(person: Person) -> None:
    with reading() as session:
        menu = pages_for(session, person, now())
        roles = [grant.role for grant in sorted(standing(session, person).grants, key=lambda grant: grant.id or 0)]
        demo = is_demo(session, now())
    if _SIGNED not in st.session_state:  # else the browser asks afar for the page's sign, before the head says ours
        st.set_page_config(page_icon=MARK)
    menu[STARTS] += [*([DEMO] if demo else []), *([BLANK] if is_measured() else [])]
    entries = [entry for some in menu.values() for entry in some]
    page = _navigate({entry.url_path: _page(entry, first=entry is entries[0]) for entry in entries})
    _head(f"{page.title} - {t('product.name')}")
    st.logo(logo(t("product.name"), st.context.theme.type == "dark"), icon_image=MARK)
    with st.sidebar:
        names = list(dict.fromkeys(t(f"role.{role}") for role in roles))
        draw_menu(menu, person, " / ".join(names[:2]), page.url_path)
        _ways_out()
    if demo and page.url_path != DEMO.url_path:
        _banner()
    place = st.container()  # of the bell, which is drawn last: a paper that is opened takes its notices off the count
    told()
    if links.is_nowhere():
        st.warning(t("shell.no_such_page"), icon=":material/search_off:")
    try:
        page.run()
    except Refused as refused:
        st.error(refusal(refused), icon=":material/block:")
    with place:
        bell()
    st.session_state[_SIGNED] = True


def _outside() -> None:
    """Nobody is signed in: the door, whatever page was asked for. Its address is kept, and where he goes afterwards."""
    if is_over():
        reload()  # what the browser still shows of the inside goes, and with a cookie of today he is in again
    page = _addresses_only()
    if page.url_path == DEMO.url_path and _is_demo():
        accounts_demo()
        language_switch("demo.language")
        return
    sign_in_page(_wanted(page), links.page(DEMO.url_path))


def _wanted(page: Any) -> str:
    """Where he wanted to go: what a route sent him here for, else this very page with its parameters."""
    query = st.query_params.to_dict()
    return query.get("next") or f"/{page.url_path}{'?' + urlencode(query) if query else ''}"


def _addresses_only() -> Any:
    """Tell Streamlit which addresses there are, so that a link survives the sign-in; names and screens stay inside."""
    _head(t("product.name"))
    return _navigate(
        {
            address: st.Page(_nothing, title=t("product.name"), url_path=address, default=not number)
            for number, address in enumerate(_addresses())
        }
    )


def _navigate(pages: dict[str, Any]) -> Any:
    """The page that was asked for. The menu of them is our own."""
    links.register(pages)
    return st.navigation(list(pages.values()), position="hidden")


def _head(title: str) -> None:
    st.set_page_config(page_title=title, page_icon=MARK, layout="wide", initial_sidebar_state=WIDTH, menu_items={})


@lru_cache
def _style(language: str) -> str:
    """The style sheet, with the words that stand in it."""
    words = f":root {{ --no-results: '{text(language, 'form.no_results')}'; }}"
    return f"<style>{words}\n{STYLE.read_text(encoding='utf-8')}</style>"


@lru_cache(maxsize=1)
def _addresses() -> tuple[str, ...]:
    """All addresses, in the menu's order. The menu is the same for everyone; what a stranger sees of it is nothing."""
    stranger = Person(id=0, login="", name="", department_id=0)
    with reading() as session:
        menu = pages_for(session, stranger, now())
    return (*(page.url_path for pages in menu.values() for page in pages), DEMO.url_path)


def _page(entry: MenuPage, *, first: bool) -> Any:
    return st.Page(entry.function, title=t(entry.key), icon=entry.icon, url_path=entry.url_path, default=first)


def _ways_out() -> None:
    with st.container(horizontal=True, gap="small"):
        language_switch("shell.language")
        if st.button(t("sign_out"), key="shell.sign_out", type="tertiary", icon=":material/logout:"):
            sign_out()
            send_to(LEAVE)
            st.stop()


def _banner() -> None:
    badge, said, change = (html.escape(t(f"demo.{key}")) for key in ("badge", "banner", "change"))
    sign = f'<span class="icon" aria-hidden="true" translate="no">{icon_of(DEMO.icon)}</span>'
    st.html(
        f'<div class="demo-banner"><span class="quiet"><span class="badge orange">{badge}</span> {said}</span> '
        f'<a class="inside" href="{address_of(DEMO.url_path)}">{sign}{change}</a></div>'
    )


def _is_demo() -> bool:
    with reading() as session:
        return is_demo(session, now())


def _nothing() -> None:
    """Stands where a page would be; never drawn."""


shell()
