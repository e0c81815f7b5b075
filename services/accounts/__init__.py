"""Accounts: passwords, who is signed in, the first administrator, people and the roles they hold."""

from services.accounts.demonstration import DemoAccount, demo_accounts, demo_ticket, is_demo
from services.accounts.first import is_new, set_up, set_up_code
from services.accounts.handover import hand_over
from services.accounts.passwords import ADMITTED_BYTES, matches, password_hash
from services.accounts.people import (
    add_person,
    change_person,
    disable_person,
    enable_person,
    reset_password,
    unlock_person,
)
from services.accounts.profile import HeldRole, Profile, profile
from services.accounts.roles import COMPANY_ROLES, DEPARTMENT_ROLES, WORK_ROLES, end_grant, grant_role
from services.accounts.signins import (
    Entered,
    change_language,
    change_password,
    check_password,
    end_sign_in,
    issue_ticket,
    live_sign_in,
    local_path,
    mark_seen,
    person_for_token,
    redeem_ticket,
    timed_out,
)

__all__ = [
    "ADMITTED_BYTES",
    "COMPANY_ROLES",
    "DEPARTMENT_ROLES",
    "WORK_ROLES",
    "DemoAccount",
    "Entered",
    "HeldRole",
    "Profile",
    "add_person",
    "change_language",
    "change_password",
    "change_person",
    "check_password",
    "demo_accounts",
    "demo_ticket",
    "disable_person",
    "enable_person",
    "end_grant",
    "hand_over",
    "end_sign_in",
    "grant_role",
    "is_demo",
    "is_new",
    "issue_ticket",
    "live_sign_in",
    "local_path",
    "mark_seen",
    "matches",
    "password_hash",
    "person_for_token",
    "profile",
    "redeem_ticket",
    "reset_password",
    "set_up",
    "set_up_code",
    "timed_out",
    "unlock_person",
]
