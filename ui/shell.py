"""The script that Streamlit runs for everyone: who is signed in, the menu of his roles, the page he asked for."""

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
from ui import links
from ui.bell import bell
from ui.brand import MARK, logo
from ui.browser import reload, send_to
from ui.clock import now
from ui.say import told
from ui.session import is_over, sign_out, someone
from ui.sign_in import language_switch, new_password_page, sign_in_page
from ui.texts import escaped, language, refusal, speaking, t
from ui.web.doors import LEAVE

DEMO = MenuPage("demo.accounts", "accounts_demo", ":material/groups:", accounts_demo, hidden=True)
BLANK = MenuPage("product.name", "blank", ":material/speed:", blank)
ACCOUNT, DEPUTIES = "account", "deputies"
WIDTH = 216
STYLE = Path(__file__).with_name("portal.css")
# home and inbox stand first, without a heading; one's own pages are reached by one's name at the bottom
_STARTS, _ENDS = "menu.start", "menu.me"


def shell() -> None:
    person = someone()
    with speaking(language()):  # asked once a run, not for each of its hundreds of words
        _draw(person)


def _draw(person: Person | None) -> None:
    st.set_page_config(
        page_title=t("product.name"), page_icon=MARK, layout="wide", initial_sidebar_state=WIDTH, menu_items={}
    )
    st.html(STYLE)
    st.html(f"<style>:root {{ --no-results: '{t('form.no_results')}'; }}</style>")  # the style sheet writes it
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
    sections, pages = _pages(menu, demo)
    links.register(pages)
    st.logo(logo(t("product.name"), st.context.theme.type == "dark"), icon_image=MARK)
    page = st.navigation(sections, expanded=True)
    st.set_page_config(page_title=f"{_names(menu).get(page.url_path) or page.title} - {t('product.name')}")
    with st.sidebar:
        _foot(person, list(dict.fromkeys(t(f"role.{role}") for role in roles)), pages[ACCOUNT], pages[DEPUTIES])
    if demo and page.url_path != DEMO.url_path:
        _banner(pages[DEMO.url_path])
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
    pages = {
        address: st.Page(_nothing, title=t("product.name"), url_path=address, default=not number)
        for number, address in enumerate(_addresses())
    }
    links.register(pages)
    return st.navigation(list(pages.values()), position="hidden")


@lru_cache(maxsize=1)
def _addresses() -> tuple[str, ...]:
    """All addresses, in the menu's order. The menu is the same for everyone; what a stranger sees of it is nothing."""
    stranger = Person(id=0, login="", name="", department_id=0)
    with reading() as session:
        menu = pages_for(session, stranger, now())
    return (*(page.url_path for pages in menu.values() for page in pages), DEMO.url_path)


def _pages(menu: dict[str, list[MenuPage]], demo: bool) -> tuple[dict[str, list[Any]], dict[str, Any]]:
    """The menu as Streamlit wants it, and every page by its address."""
    sections: dict[str, list[Any]] = {"": []}
    pages: dict[str, Any] = {}
    for key, entries in menu.items():
        for entry in entries:
            hidden = entry.hidden or key == _ENDS
            page = _page(entry, hidden=hidden, first=not pages)
            pages[entry.url_path] = page
            sections.setdefault("" if hidden or key == _STARTS else t(key), []).append(page)
    for extra in [*([DEMO] if demo else []), *([BLANK] if is_measured() else [])]:
        pages[extra.url_path] = _page(extra, hidden=extra.hidden, first=False)
        sections[""].append(pages[extra.url_path])
    return sections, pages


def _page(entry: MenuPage, *, hidden: bool, first: bool) -> Any:
    title = f"{t(entry.key)} **{entry.count}**" if entry.count else t(entry.key)
    return st.Page(
        entry.function,
        title=title,
        icon=entry.icon,
        url_path=entry.url_path,
        default=first,
        visibility="hidden" if hidden else "visible",
    )


def _names(menu: dict[str, list[MenuPage]]) -> dict[str, str]:
    entries = [entry for entries in menu.values() for entry in entries]
    return {entry.url_path: t(entry.key) for entry in entries} | {"": t(entries[0].key)}


def _foot(person: Person, roles: list[str], account: Any, deputies: Any) -> None:
    with st.container(gap="xxsmall"):
        st.page_link(account, label=f"**{escaped(person.name)}**", icon=":material/account_circle:")
        st.caption(" / ".join(roles[:2]))
        st.page_link(deputies, label=t("menu.deputies"), icon=":material/swap_horiz:")
    _ways_out()


def _ways_out() -> None:
    with st.container(horizontal=True, gap="small"):
        language_switch("shell.language")
        if st.button(t("sign_out"), key="shell.sign_out", type="tertiary", icon=":material/logout:"):
            sign_out()
            send_to(LEAVE)
            st.stop()


def _banner(accounts: Any) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="banner"):
        st.markdown(f":orange-badge[{t('demo.badge')}] :small[:gray[{t('demo.banner')}]]", width="content")
        st.page_link(accounts, label=f":small[{t('demo.change')}]", width="content")


def _is_demo() -> bool:
    with reading() as session:
        return is_demo(session, now())


def _nothing() -> None:
    """Stands where a page would be; never drawn."""


shell()
