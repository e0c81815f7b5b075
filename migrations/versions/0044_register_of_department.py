"""A clerk draws up the register of each department whose clerk he is, wherever he works himself (P9-6b)."""

import sqlalchemy as sa
from alembic import op


revision = '0044'
down_revision = '0043'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('monthlyregister', schema=None) as batch_op:
        batch_op.add_column(sa.Column('registered_department_id', sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f('fk_monthlyregister_registered_department_id_department'), 'department', ['registered_department_id'], ['id']
        )
        batch_op.create_index(batch_op.f('ix_monthlyregister_registered_department_id'), ['registered_department_id'], unique=False)
