"""The time of a survey is set by severity, as those of answer and verification are (P4-2.5): what held, holds for all."""

import sqlalchemy as sa
from alembic import op


revision = '0048'
down_revision = '0047'
branch_labels = None
depends_on = None


def upgrade() -> None:
    columns = "value, valid_from, proposed_by_id, proposed_at, approved_by_id, approved_at, declined_at, note"
    copied = sa.text(
        f"INSERT INTO setting (key, {columns}) SELECT :key, {columns} FROM setting WHERE key = 'complaint.survey_days'"
    )
    for severity in ("critical", "major"):
        op.execute(copied.bindparams(key=f"complaint.survey_days.{severity}"))
    op.execute("UPDATE setting SET key = 'complaint.survey_days.normal' WHERE key = 'complaint.survey_days'")
