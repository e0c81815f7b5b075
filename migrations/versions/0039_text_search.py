"""Texts of papers and of complaints are found by pairs of characters."""

from alembic import op

from services.search import index_texts

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

_COMPLAINT = (
    "content",
    "contact",
    "serial",
    "finding",
    "cause",
    "countermeasure",
    "plan",
    "work_done",
    "result_report",
)


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    for table, key, columns in (("document", "id", ("number", "title")), ("complaint", "document_id", _COMPLAINT)):
        for statement in index_texts(table, key, columns, dialect):
            op.execute(statement)
