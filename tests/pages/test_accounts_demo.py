"""The demonstration's accounts: there in a demonstration, and nowhere else."""

import pytest

from services.database import writing
from services.settings import put
from tests.browsing import sent_to
from tests.factories import NOW, Cast
from tests.pages.conftest import Visit
from tests.pages.screen import press, shown, zh
from ui.web.doors import ENTER


@pytest.fixture
def demo(cast: Cast) -> Cast:
    with writing() as session:
        put(session, "demo.enabled", True, now=NOW)
    return cast


@pytest.mark.parametrize("role", [None, "engineer", "administrator", "general_manager"])
def test_outside_a_demonstration_there_is_no_such_page(cast: Cast, visit: Visit, role: str | None) -> None:
    app = visit(getattr(cast, role) if role else None, "accounts_demo")
    assert not [button for button in app.button if (button.key or "").startswith("demo.")]
    assert zh("demo.accounts") not in shown(app) and "蒋培元" not in shown(app).replace(
        cast.general_manager.name if role == "general_manager" else "-", ""
    )


@pytest.mark.parametrize("role", [None, "engineer"])
def test_in_a_demonstration_everybody_is_one_click_away(demo: Cast, visit: Visit, role: str | None) -> None:
    app = visit(getattr(demo, role) if role else None, "accounts_demo")
    for name in ("赵国强", "郑雅琴", "韩雪梅", "杨帆"):
        assert name in shown(app)
    app = press(app, f"demo.{demo.cashier.id}")
    assert str(sent_to(app)).startswith(f"{ENTER}?ticket=")
