"""A browser for tests: somebody is signed in for real, and the whole portal runs under AppTest."""

import json
import re
from datetime import UTC, datetime

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from models import Person
from services.accounts import issue_ticket, redeem_ticket
from services.config import ROOT
from services.database import writing


def cookie_for(person: Person, now: datetime | None = None) -> str:
    """The token of a cookie that signs somebody in, since now."""
    now = now or datetime.now(UTC)
    with writing() as session:
        entered = redeem_ticket(session, issue_ticket(session, person, "/", now), now)
    assert entered
    return entered.token


def carry(monkeypatch: pytest.MonkeyPatch, token: str | None) -> None:
    """From here on the connection carries this cookie."""
    monkeypatch.setattr("ui.session.cookie_token", lambda: token)
    monkeypatch.setattr("ui.password_form.cookie_token", lambda: token)
    monkeypatch.setattr("ui.sign_in.cookie_token", lambda: token)


def browse(
    monkeypatch: pytest.MonkeyPatch, who: Person | None, address: str = "home", language: str = "zh", **query: str
) -> AppTest:
    """Open a page of the portal as somebody, or (None) as a stranger; the page has run once."""
    carry(monkeypatch, cookie_for(who) if who else None)
    app = AppTest.from_file(str(ROOT / "ui" / "shell.py"), default_timeout=30)
    app.session_state["language"] = language
    return go(app, address, **query)


def go(app: AppTest, address: str, **query: str) -> AppTest:
    """Go to another page in the same browser."""
    app._page_hash = calc_hash(address)
    app.query_params.clear()
    app.query_params.update(query)
    return app.run()


def texts(app: AppTest) -> str:
    """All that the page shows in words, to look for something in it or to see that it is not there."""
    names = ("label", "value", "body", "help")
    found = (getattr(element, name, "") for element in (*app.main, *app.sidebar) for name in names)
    return "\n".join(dict.fromkeys(text for text in found if isinstance(text, str) and text))


def sent_to(app: AppTest) -> str | None:
    """The address of our routes that the page sends the browser to, if it does."""
    scripts = re.findall(r"location\.replace\((\".*?\")\)", texts(app))
    return json.loads(scripts[-1]) if scripts else None
