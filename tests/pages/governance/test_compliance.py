"""The compliance page: all clauses at a glance, and for each what it demands and the papers behind it."""

from services.compliance import Standing
from services.texts import text
from tests.complaint_story import sent_complaint
from tests.factories import NOW, Cast
from tests.pages.conftest import Visit
from tests.pages.screen import errors, raw_keys, shown, zh


def test_it_shows_every_clause_and_opens_with_what_needs_attention(cast: Cast, visit: Visit) -> None:
    sent_complaint(cast, received_at=NOW.replace(day=NOW.day - 3).isoformat())
    for language in ("zh", "en"):
        app = visit(cast.general_manager, "compliance", language)
        assert not errors(app) and not raw_keys(app)
        (table,) = app.dataframe
        assert "P1-6.1" in set(table.value["id"]) and "P1-7.1" not in set(table.value["id"])
        stands = list(dict.fromkeys(table.value["standing"]))
        assert stands == [text(language, f"compliance.{one}") for one in (Standing.BROKEN, Standing.AT_RISK)]


def test_the_address_names_month_and_clause(cast: Cast, visit: Visit) -> None:
    app = visit(cast.general_manager, "compliance", clause="P9-4a", month=f"{NOW:%Y%m}")
    assert "P9-4a" in shown(app)
    app = visit(cast.general_manager, "compliance", clause="P99", month="nonsense")
    assert not errors(app)


def test_nobody_else_sees_it(cast: Cast, visit: Visit) -> None:
    for person in (cast.engineer, cast.cashier):
        app = visit(person, "compliance")
        assert not app.dataframe
        assert zh("menu.home") in shown(app) or zh("compliance.not_yours") in shown(app)
