"""The register of document kinds. A new kind is its file, its table, its migration, its texts, and one line here."""

from services.documents.analysis_report import ANALYSIS_REPORT
from services.documents.assessment import ASSESSMENT
from services.documents.budget_adjustment import BUDGET_ADJUSTMENT
from services.documents.budget_inspection import BUDGET_INSPECTION
from services.documents.budget_plan import BUDGET_PLAN
from services.documents.budget_request import BUDGET_REQUEST
from services.documents.cash_advance import CASH_ADVANCE
from services.documents.company_budget import COMPANY_BUDGET
from services.documents.complaint import COMPLAINT
from services.documents.corrective_action import CORRECTIVE_ACTION
from services.documents.cost_entry import COST_ENTRY
from services.documents.customer_visit import CUSTOMER_VISIT
from services.documents.expense_claim import EXPENSE_CLAIM
from services.documents.field_report import FIELD_REPORT
from services.documents.kind import DocumentType
from services.documents.monthly_register import MONTHLY_REGISTER
from services.documents.monthly_settlement import MONTHLY_SETTLEMENT
from services.documents.opening_entry import OPENING_ENTRY
from services.documents.parts_request import PARTS_REQUEST
from services.documents.returns import RETURN_OF_GOODS
from services.documents.satisfaction_survey import SATISFACTION_SURVEY
from services.documents.service_income import SERVICE_INCOME
from services.documents.service_order import SERVICE_ORDER
from services.documents.spending_request import SPENDING_REQUEST
from services.documents.supplier_notice import SUPPLIER_NOTICE
from services.documents.training import TRAINING
from services.documents.travel_request import TRAVEL_REQUEST
from services.documents.violation import VIOLATION

KINDS: dict[str, DocumentType] = {
    kind.code: kind
    for kind in (
        TRAVEL_REQUEST,
        FIELD_REPORT,
        SPENDING_REQUEST,
        CASH_ADVANCE,
        EXPENSE_CLAIM,
        MONTHLY_REGISTER,
        BUDGET_PLAN,
        COMPANY_BUDGET,
        BUDGET_ADJUSTMENT,
        BUDGET_REQUEST,
        COST_ENTRY,
        MONTHLY_SETTLEMENT,
        OPENING_ENTRY,
        COMPLAINT,
        CORRECTIVE_ACTION,
        SATISFACTION_SURVEY,
        CUSTOMER_VISIT,
        ANALYSIS_REPORT,
        TRAINING,
        VIOLATION,
        ASSESSMENT,
        BUDGET_INSPECTION,
        SERVICE_ORDER,
        SERVICE_INCOME,
        PARTS_REQUEST,
        SUPPLIER_NOTICE,
        RETURN_OF_GOODS,
    )
}
BY_SLUG: dict[str, DocumentType] = {kind.slug: kind for kind in KINDS.values()}
