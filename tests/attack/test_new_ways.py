"""Somebody tries what came later: acts beside the route, handing over, deputies by setting, changes of the rules."""

from datetime import timedelta

from services.attachments import attach, remove
from services.database import writing
from tests.factories import Cast
from tests.services.engine.test_claim import PDF
from tests.story import (
    BACK,
    do,
    drafted_claim,
    may_all,
    move,
)

MINUTE = timedelta(minutes=1)


def test_receipts_exchanged_while_it_was_returned_cannot_be_taken_back_under_old_signatures(cast: Cast) -> None:
    """P8-3.2: the accomplice returns it, the author changes the files, the accomplice takes his return back."""
    claim = drafted_claim(cast)
    with writing() as session:
        receipt = attach(session, cast.engineer, claim, "票.pdf", PDF, BACK)
    claim = move(cast, do(cast.engineer, claim, "submit"), until="finance_vp", now=BACK)
    claim = do(cast.finance_vp, claim, "return")
    with writing() as session:
        remove(session, cast.engineer, receipt.id, BACK + MINUTE)
        attach(session, cast.engineer, claim, "票.pdf", PDF + b"\n%other", BACK + MINUTE)
    assert "take_back" not in may_all(cast.finance_vp, claim)
