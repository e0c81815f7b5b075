"""A real server over the standing company, and an installed Chromium. Where none is found these tests are skipped.

PORTAL_SCREENSHOTS names a folder for pictures of every station; without it they lie in the test's passing folder.
PORTAL_CHROMIUM names the browser where it is not found by itself.
"""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from sqlmodel import Session

from benchmarks.chromium import installed_chromium
from models import Person
from services.accounts import password_hash
from services.database import engine_for
from services.settings import put
from tests.attack.wire import served
from tests.browser.screen import Company, Screens
from tests.conftest import MakeDatabase
from tests.factories import standing_company

PASSWORD = "三峡的水 deep river"


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    try:
        with installed_chromium() as browser:
            yield browser
    except LookupError as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="module")
def company(_new_database: MakeDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """A portal of its own for a file of tests: its people enter with one click, the engineer has a password too.

    A test's own hands reach its data through `company.at_home`.
    """
    folder = tmp_path_factory.mktemp("portal")
    url = _new_database(folder)
    before = datetime.now(UTC) - timedelta(days=1)
    with Session(engine_for(url), expire_on_commit=False) as session:
        cast = standing_company(session)
        put(session, "demo.enabled", True, now=before)
        put(session, "company.name", "岚峰轨道装备有限公司", now=before)
        session.get_one(Person, cast.engineer.id).password_hash = password_hash(PASSWORD)
        session.commit()
    files = f"file://{folder / 'files'}"
    home = {"PORTAL_DATA": str(folder), "PORTAL_DATABASE_URL": url, "PORTAL_FILES_URL": files}
    company = Company("", cast, PASSWORD, home)
    with company.at_home(), served("uvicorn", folder / "server.log") as address:
        yield replace(company, address=f"http://{address}")
    engine_for(url).dispose()


@pytest.fixture
def screens(chromium: Browser, company: Company, tmp_path: Path) -> Iterator[Screens]:
    """Everybody's browser. At the end none of them may have complained."""
    folder = Path(os.environ.get("PORTAL_SCREENSHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    screens = Screens(chromium, company, folder)
    yield screens
    screens.close()
    assert not screens.complaints, "\n".join(screens.complaints)
