"""What an administrator has still to do before papers can travel."""

from sqlmodel import Session, col, select

from models import Grant, Person, Role
from services.accounts import set_up, set_up_code
from services.database import reading, writing
from services.documents import KINDS
from services.setting_up import unfinished
from tests.factories import NOW, Cast


def test_a_new_portal_says_which_roles_its_first_papers_want(session: Session) -> None:
    first = set_up(
        session, code=set_up_code(session, NOW) or "", login="guan", name="管小明", password="三峡的水 deep river",
        company="机务", department="综合办公室", now=NOW,
    )  # fmt: skip
    missing = unfinished(session, first, NOW)
    assert missing and (missing.departments, missing.people) == (1, 1)
    wanted = {one.role.key: one for one in missing.roles}
    assert wanted["role.office_director"].kinds[0] == "TR" and not wanted["role.office_director"].departments
    assert wanted["role.department_head"].departments == ("综合办公室",)
    assert "EC" in wanted["role.cashier"].kinds and "TR" not in wanted["role.cashier"].kinds
    assert {code for one in missing.roles for code in one.kinds} <= set(KINDS)


def test_a_role_that_nobody_holds_any_more_comes_back_and_only_to_administrators(cast: Cast) -> None:
    def of_cashiers(reader: Person) -> list[tuple[str, ...]]:
        with reading() as session:
            missing = unfinished(session, reader, NOW)
            return [one.kinds for one in missing.roles if one.role.key == "role.cashier"] if missing else []

    assert of_cashiers(cast.administrator) == []
    with writing() as session:
        for grant in session.exec(select(Grant).where(col(Grant.role) == Role.CASHIER)):
            grant.ended_at = NOW
    assert "CA" in of_cashiers(cast.administrator)[0]
    assert of_cashiers(cast.engineer) == of_cashiers(cast.general_manager) == []
