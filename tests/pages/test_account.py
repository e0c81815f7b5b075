"""My account: what is known about me, in my language."""

import pytest

from services.database import reading
from tests.factories import Cast
from tests.pages.conftest import Visit
from tests.pages.screen import en, press, run, shown, zh

ROLES = ("engineer", "clerk", "department_head", "finance_officer", "general_manager", "administrator", "stranger")


@pytest.mark.parametrize("role", ROLES)
def test_everybody_reads_his_own_data_and_roles(cast: Cast, visit: Visit, role: str) -> None:
    me, seen = getattr(cast, role), shown(visit(getattr(cast, role), "account"))
    assert me.name in seen and me.bank_account in seen
    assert zh(f"role.{'engineer' if role == 'stranger' else role}") in seen


def test_the_language_is_switched_on_the_page_and_remembered(cast: Cast, visit: Visit) -> None:
    app = visit(cast.engineer, "account")
    app.radio[0].set_value("en")
    app = run(app)
    assert en("menu.account") in [one.value for one in app.subheader]
    app = press(app, "shell.language")
    assert zh("menu.account") in [one.value for one in app.subheader]
    with reading() as session:
        assert session.get_one(type(cast.engineer), cast.engineer.id).language == "zh"
