"""The thirteen steps of a complaint, with their branches (P1-4, P4-1.3, P5-5 to P5-7).

What the thirteenth and others do in two hands stands as two steps here: the head names the handler after the sales
branch has taken the case on; the handler's first contact is a step of its own, because its clock is one (P1-6.1).
Accepting and finding who is responsible are decisions; the rest is work, which may be one person's.
"""

from models import ComplaintNature, Consent, Role, Verdict
from services.documents.complaint_clocks import ANSWER, SURVEY, VERIFICATION
from services.routes import (
    APPROVE,
    COMPLETE,
    Clock,
    Condition,
    Of,
    Outcome,
    Owner,
    decision,
    end_of,
    promised,
    work,
    working_days,
)

HANDLER = Owner(person="handler_id")
DECLINE, NOT_OURS, AGAIN, DISAGREE, REPLAN, REWORK = (
    "decline",
    "not_ours",
    "analyse_again",
    "disagree",
    "replan",
    "rework",
)

_ACCEPTED = Condition("declined", "==", False)
_QUALITY = Condition("nature", "==", ComplaintNature.QUALITY.value)
_NON_QUALITY = Condition("nature", "==", ComplaintNature.NON_QUALITY.value)
_SOUND = Condition("nature", "!=", None)
"""Substantiated: only then is there something to plan and to carry out."""
_ANALYSIS = ("cause_category", "cause", "countermeasure")
SCORES = ("score_speed", "score_quality", "score_attitude", "score_price", "score_overall")

ROUTE = (
    decision(
        Role.SALES_MANAGER,
        key="accept",
        within=Clock(working_hours=4),
        fields=("handling_department_id",),
        required=("handling_department_id",),
        outcomes=(
            Outcome(APPROVE, sets={"declined": False}),
            Outcome(DECLINE, to="notify", needs_note=True, sets={"declined": True}, fills=False),
        ),
        milestone="approved",
    ),
    work(
        "assign",
        Owner(Role.DEPARTMENT_HEAD, Of.HANDLING),
        within=Clock(working_hours=4),
        fields=("handler_id",),
        required=("handler_id",),
        outcomes=(Outcome(COMPLETE), Outcome(NOT_OURS, to="accept", needs_note=True, fills=False)),
    ),
    work(
        "contact",
        HANDLER,
        within=promised(ANSWER),
        fields=("contacted_at", "contact_way", "contact_note"),
        required=("contacted_at", "contact_way"),
    ),
    work(
        "verify",
        HANDLER,
        Owner(Role.SERVICE_ADMINISTRATOR),
        within=promised(VERIFICATION),
        fields=("verdict", "finding"),
        required=("verdict", "finding"),
        milestone="verified",
    ),
    work(
        "dispute",
        Owner(Role.DISPUTE_COORDINATOR),
        when=(Condition("verdict", "==", Verdict.DISPUTED.value),),
        within=working_days(3),
        fields=("nature", "nature_term"),
        required=("nature", "nature_term"),
    ),
    work(
        "analyse",
        Owner(Role.PRODUCTION_ENGINEER),
        Owner(Role.TECHNICAL_ENGINEER),
        HANDLER,
        when=(_QUALITY,),
        within=working_days(3),
        fields=(*_ANALYSIS, "unusual"),
        required=_ANALYSIS,
    ),
    work(
        "analyse_with_sales",
        Owner(Role.SALESPERSON),
        HANDLER,
        when=(_NON_QUALITY,),
        within=working_days(3),
        fields=(*_ANALYSIS, "unusual"),
        required=_ANALYSIS,
    ),
    work(
        "rnd",
        Owner(Role.RND_ENGINEER),
        when=(_SOUND, Condition("unusual", "==", True)),
        within=working_days(3),
        fields=("rnd_opinion",),
        required=("rnd_opinion",),
    ),
    decision(
        Role.QUALITY_INSPECTOR,
        key="responsibility",
        when=(_QUALITY,),
        within=working_days(2),
        fields=("responsible_department_id", "responsible_person_id", "responsibility"),
        required=("responsible_department_id", "responsible_person_id", "responsibility"),
        outcomes=(Outcome(APPROVE), Outcome(AGAIN, to="analyse", needs_note=True, fills=False)),
    ),
    work(
        "plan",
        HANDLER,
        when=(_SOUND,),
        within=working_days(2),
        fields=("solution", "plan", "basis"),
        required=("solution", "plan", "basis"),
    ),
    work(
        "plan_consent",
        Owner(Role.SALESPERSON),
        when=(_SOUND,),
        within=working_days(1),
        outcomes=(
            Outcome(COMPLETE, sets={"plan_disputed": False}),
            Outcome(DISAGREE, to="plan_decision", needs_note=True, sets={"plan_disputed": True}),
        ),
    ),
    work(
        "plan_decision",
        Owner(Role.SALES_MANAGER),
        when=(_SOUND, Condition("plan_disputed", "==", True)),
        within=working_days(1),
        fields=("plan_decision",),
        required=("plan_decision",),
        outcomes=(Outcome(COMPLETE), Outcome(REPLAN, to="plan", needs_note=True, fills=False)),
    ),
    work(
        "agree",
        HANDLER,
        when=(_SOUND,),
        within=working_days(2),
        fields=("promised_on", "consent", "consent_on", "consent_way"),
        required=("promised_on", "consent", "consent_on", "consent_way"),
        milestone="agreed",
    ),
    work(
        "settle",
        Owner(Role.DISPUTE_COORDINATOR),
        when=(_SOUND, Condition("consent", "==", Consent.DISPUTED.value)),
        within=working_days(3),
        fields=("contract_term", "settlement"),
        required=("contract_term", "settlement"),
    ),
    work(
        "execute",
        HANDLER,
        when=(_SOUND,),
        within=end_of("promised_on"),
        fields=("executed_on", "work_done"),
        required=("executed_on", "work_done"),
        milestone="executed",
    ),
    work("report", HANDLER, within=working_days(1), fields=("result_report",), required=("result_report",)),
    work(
        "notify",
        Owner(Role.CUSTOMER_SERVICE),
        within=working_days(1),
        fields=("notified_on", "notify_way"),
        required=("notified_on", "notify_way"),
        outcomes=(Outcome(COMPLETE), Outcome(REWORK, to="execute", needs_note=True, fills=False)),
        milestone="notified",
    ),
    work(
        "survey",
        Owner(Role.CUSTOMER_SERVICE),
        when=(_ACCEPTED,),
        within=promised(SURVEY),
        fields=("survey_answer", *SCORES, "survey_remarks"),
        required=("survey_answer",),
        milestone="surveyed",
    ),
    work(
        "allocate",
        Owner(Role.FINANCE_OFFICER),
        when=(_SOUND,),
        within=working_days(5),
        fields=("case_cost",),
        required=("case_cost",),
        table="shares",
    ),
    work(
        "recover",
        Owner(Role.SALESPERSON),
        when=(_NON_QUALITY,),
        within=working_days(10),
        fields=("recovery",),
        required=("recovery",),
    ),
    work(
        "feed_back",
        Owner(Role.SERVICE_ADMINISTRATOR),
        within=working_days(2),
        fields=("fed_back",),
        required=("fed_back",),
        outcomes=(Outcome(COMPLETE), Outcome(REWORK, to="execute", needs_note=True, fills=False)),
    ),
)
