"""The list of trainings due on its page: who sees it, what it is narrowed down by (P1-8.1)."""

from tests.complaint_story import stock
from tests.factories import Cast
from tests.pages.conftest import Visit
from tests.pages.screen import chinese_labels, errors, raw_keys, shown, zh


def test_a_head_sees_who_is_due_and_nobody_else_does(cast: Cast, visit: Visit) -> None:
    stock()
    app = visit(cast.department_head, "training_due")
    assert len(app.dataframe[0].value) == 5 and not raw_keys(app)
    assert [one.value for one in app.metric] == ["2", "3", "0"]
    app = visit(cast.department_head, "training_due", "en", kind="customer")
    assert len(app.dataframe[0].value) == 3
    assert not errors(app) and not raw_keys(app) and not chinese_labels(app)
    app = visit(cast.engineer, "training_due")
    assert zh("training_due.shut") in shown(app) and not app.dataframe
