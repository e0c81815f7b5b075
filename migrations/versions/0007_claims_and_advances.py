"""The three kinds of claims, cash advances with what settles them, payments in several parts (P9-4c, P9-5, P8-3.3)."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TRIP = {
    "trip_id": sa.Integer(),
    "starts_on": sa.Date(),
    "ends_on": sa.Date(),
    "origin": sa.String(length=60),
    "destinations": sa.String(length=120),
}
FEN = sa.BigInteger()


def upgrade() -> None:
    with op.batch_alter_table("expenseclaim", schema=None) as batch_op:
        for name, sort in TRIP.items():  # asked for travel claims alone
            batch_op.alter_column(name, existing_type=sort, nullable=True)
        batch_op.add_column(sa.Column("offset_amount", FEN, nullable=True))
        batch_op.add_column(sa.Column("left_to_pay", FEN, nullable=True))
    op.create_table(
        "cashadvance",
        sa.Column("purpose", sa.String(length=500), nullable=False),
        sa.Column("requested", FEN, nullable=False),
        sa.Column("trip_id", sa.Integer(), nullable=True),
        sa.Column("wanted_by", sa.Date(), nullable=False),
        sa.Column("repay_by", sa.Date(), nullable=False),
        sa.Column("bank_name", sa.String(length=60), nullable=False),
        sa.Column("bank_account", sa.String(length=40), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("left_to_pay", FEN, nullable=True),
        sa.Column("open_amount", FEN, nullable=True),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_cashadvance_document_id_document")),
        sa.ForeignKeyConstraint(["trip_id"], ["document.id"], name=op.f("fk_cashadvance_trip_id_document")),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_cashadvance")),
    )
    op.create_index(op.f("ix_cashadvance_trip_id"), "cashadvance", ["trip_id"])
    _lines("advancereturn", _day("returned_on"), _fen("returned_amount", nullable=False), _text("receipt"))
    _lines("payment", _day("paid_on"), _fen("paid_amount"), _text("payment_reference", nullable=False))
    _lines(
        "claimoffset",
        sa.Column("advance_id", sa.Integer(), nullable=False),
        _fen("amount"),
        sa.ForeignKeyConstraint(["advance_id"], ["document.id"], name=op.f("fk_claimoffset_advance_id_document")),
    )
    op.create_index(op.f("ix_claimoffset_advance_id"), "claimoffset", ["advance_id"])
    _payments_so_far()


def _lines(name: str, *columns: sa.schema.SchemaItem) -> None:
    op.create_table(
        name,
        *columns,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f(f"fk_{name}_document_id_document")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )
    op.create_index(op.f(f"ix_{name}_document_id"), name, ["document_id"])


def _day(name: str) -> sa.Column[sa.Date]:
    return sa.Column(name, sa.Date(), nullable=False)


def _fen(name: str, *, nullable: bool = True) -> sa.Column[int]:
    return sa.Column(name, FEN, nullable=nullable)


def _text(name: str, *, nullable: bool = True) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=60), nullable=nullable)


def _payments_so_far() -> None:
    """Claims that were audited before know what is left to pay; those that were paid have their payment as a line."""
    op.execute("UPDATE expenseclaim SET offset_amount = 0, left_to_pay = audited_amount WHERE audited_amount IS NOT NULL")
    op.execute("UPDATE expenseclaim SET left_to_pay = 0 WHERE paid_on IS NOT NULL")
    op.execute(
        "INSERT INTO payment (document_id, position, paid_on, paid_amount, payment_reference) "
        "SELECT document_id, 1, paid_on, audited_amount, payment_reference FROM expenseclaim "
        "WHERE paid_on IS NOT NULL AND payment_reference IS NOT NULL AND audited_amount > 0"
    )
