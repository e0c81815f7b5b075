"""Receiving paper vouchers: one button on the claim, or a stack through a field (P9-4c)."""

from services.database import reading
from services.voucher_receipts import receipt_for
from tests.factories import Cast
from tests.pages.conftest import Visit
from tests.pages.screen import press, shown, zh
from tests.services.test_voucher_receipts import without
from tests.story import sent_claim


def test_the_address_in_the_code_leads_the_clerk_to_one_clear_action(cast: Cast, visit: Visit) -> None:
    claim = without(sent_claim(cast))
    app = visit(cast.clerk, "expense_claims", number=claim.number)
    assert zh("paper_vouchers.not_yet") in shown(app)
    app = press(app, "paper_vouchers.receive")
    with reading() as session:
        assert receipt_for(session, claim) is not None
    assert zh("paper_vouchers.not_yet") not in shown(app) and cast.clerk.name in shown(app)


def test_a_stack_is_scanned_into_a_field(cast: Cast, visit: Visit) -> None:
    claim = without(sent_claim(cast))
    app = visit(cast.clerk, "paper_vouchers")
    assert claim.number in list(app.dataframe[0].value[zh("column.number")])
    app.text_input(key="paper_vouchers.number").set_value(f"http://portal/expense_claims?number={claim.number}")
    app = next(one for one in app.button if one.label == zh("paper_vouchers.receive")).click().run()
    assert zh("paper_vouchers.told.received", number=claim.number) in shown(app)
    with reading() as session:
        assert receipt_for(session, claim) is not None


def test_the_claimant_has_no_such_button(cast: Cast, visit: Visit) -> None:
    claim = without(sent_claim(cast))
    app = visit(cast.engineer, "expense_claims", number=claim.number)
    assert not [one for one in app.button if one.key == "paper_vouchers.receive"]
