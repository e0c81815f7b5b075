"""The category of a service order: proposed from contract and warranty, with its reason (P6-6, P3-1.1)."""

from dataclasses import dataclass

from models import CategoryBasis, ServiceCategory, Warranty, WorkKind
from services.warranty import Cover

COVERED_BY_WARRANTY = (WorkKind.REPAIR, WorkKind.REPLACEMENT, WorkKind.INSTALLATION)
"""Maintenance is no fault of manufacture, assembly, design or material (P3-1.1)."""


@dataclass(frozen=True)
class Proposal:
    category: ServiceCategory
    because: CategoryBasis


def propose(work: WorkKind, cover: Cover, contract: str | None) -> Proposal:
    """D is what serves no customer, C what the warranty covers, B what a contract covers, A all else (P6-6)."""
    if work == WorkKind.ADMINISTRATION:
        return Proposal(ServiceCategory.ADMINISTRATION, CategoryBasis.ADMINISTRATION)
    if work in COVERED_BY_WARRANTY and cover.state == Warranty.RUNNING:
        return Proposal(ServiceCategory.FREE, CategoryBasis.WARRANTY)
    if contract:
        return Proposal(ServiceCategory.CONTRACT, CategoryBasis.CONTRACT)
    unknown = cover.state == Warranty.UNKNOWN
    return Proposal(ServiceCategory.PAID, CategoryBasis.UNKNOWN if unknown else CategoryBasis.NO_COVER)
