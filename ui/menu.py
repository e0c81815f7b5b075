"""The menu in the sidebar, one piece of real links: Streamlit's own is drawn anew, link by link, at every run."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from models import Person
from ui import links
from ui.rows import address_of, icon_of
from ui.script import piece
from ui.texts import t

STARTS, ENDS = "menu.start", "menu.me"
"""Home and inbox stand first, without a heading; one's own pages are reached by one's name at the bottom."""


class Entry(Protocol):
    """A screen in the menu (pages/menu.py)."""

    @property
    def key(self) -> str: ...
    @property
    def url_path(self) -> str: ...
    @property
    def icon(self) -> str: ...
    @property
    def count(self) -> int | None: ...
    @property
    def hidden(self) -> bool: ...


def draw_menu(menu: Mapping[str, Sequence[Entry]], person: Person, roles: str, current: str) -> None:
    """`current` is the address of the page that is shown; home's is the portal's own."""
    shown = {key: [_link(page) for page in pages if not page.hidden] for key, pages in menu.items()}
    shown[ENDS][0] |= {"name": person.name, "strong": True}
    drawn = {
        "first": shown[STARTS],
        "areas": [
            {"key": key, "name": t(key), "pages": pages}
            for key, pages in shown.items()
            if pages and key not in (STARTS, ENDS)
        ],
        "own": shown[ENDS],
        "roles": roles,
    }
    piece("menu")(key="menu", data={"menu": drawn, "current": address_of(current)})


def _link(page: Entry) -> dict[str, Any]:
    href = address_of(links.page(page.url_path).url_path)
    link = {"href": href, "name": t(page.key), "icon": icon_of(page.icon)}
    return link | {"count": page.count} if page.count else link
