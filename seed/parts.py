"""Suppliers and parts of the demonstration, the same in every year."""

from decimal import Decimal
from pathlib import Path

import yaml
from sqlmodel import Session

from models import Part, Supplier, Supply


def load_parts(session: Session) -> None:
    """Write them into a database that has none."""
    words = yaml.safe_load(Path(__file__).with_name("parts.yaml").read_text(encoding="utf-8"))
    suppliers = {
        row["code"]: Supplier(
            code=row["code"],
            name=row["name"],
            supply=Supply(row["supply"]),
            contact=row["contact"],
            phone=f"0000-8{place:02d}6{place * 37 % 1000:03d}",
            email=f"service@{row['code'].lower()}.example",
        )
        for place, row in enumerate(words["suppliers"], start=1)
    }
    session.add_all(suppliers.values())
    session.flush()
    for row in words["parts"]:
        session.add(
            Part(
                code=row["code"],
                name=row["name"],
                model=row["model"],
                unit=row["unit"],
                price=Decimal(str(row["price"])).quantize(Decimal("0.01")),
                stocked=row.get("stock", False),
                supplier_id=suppliers[row["by"]].id if "by" in row else None,
            )
        )
    session.flush()
