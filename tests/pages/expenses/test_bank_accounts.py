"""The page of bank accounts: one enters, another confirms (P8-3.1)."""

from tests.factories import Cast
from tests.pages.conftest import Visit
from tests.pages.screen import press, shown
from tests.services.documents.test_bank_accounts import NEW, in_force, proposed


def test_finance_confirms_with_one_click_what_the_claimant_entered(cast: Cast, visit: Visit) -> None:
    id = proposed(cast.engineer)
    app = visit(cast.finance_officer, "bank_accounts")
    assert "6200 0000 0000 0001" in shown(app) and NEW["bank_account"] in shown(app)
    press(app, f"bank.{id}.yes")
    assert in_force(cast.engineer) == (*NEW.values(),)


def test_whoever_entered_it_is_offered_no_confirmation(cast: Cast, visit: Visit) -> None:
    proposed(cast.finance_officer, cast.engineer)
    app = visit(cast.finance_officer, "bank_accounts")
    assert NEW["bank_account"] in shown(app)
    assert not [one for one in app.button if str(one.key or "").endswith(".yes")]


def test_the_own_account_page_names_what_waits(cast: Cast, visit: Visit) -> None:
    proposed(cast.engineer)
    assert NEW["bank_account"] in shown(visit(cast.engineer, "account"))
