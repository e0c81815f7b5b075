"""The list of registers due: one click begins the register (P9-6)."""

import time_machine

from tests.factories import Cast
from tests.pages.conftest import Visit
from tests.pages.screen import press, shown, zh
from tests.story import LATER, finished_trip


def test_the_clerk_begins_a_register_with_one_click(cast: Cast, visit: Visit, clock: time_machine.Traveller) -> None:
    finished_trip(cast)
    clock.move_to(LATER)
    app = visit(cast.clerk, "registers_due")
    assert list(app.dataframe[0].value[zh("registers_due.lines")]) == [1]
    press(app, f"registers_due.{cast.service.id}.202611.trips")
    assert zh("registers_due.go_on") in [one.label for one in visit(cast.clerk, "registers_due").button]
    assert zh("registers_due.none") in shown(visit(cast.other_head, "registers_due"))
