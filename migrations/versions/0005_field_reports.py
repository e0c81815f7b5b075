"""Field reports (P9-3.1)."""

import sqlalchemy as sa
from alembic import op


revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('fieldreport',
    sa.Column('trip_id', sa.Integer(), nullable=False),
    sa.Column('looked_on', sa.Date(), nullable=False),
    sa.Column('product', sa.String(length=100), nullable=False),
    sa.Column('serves', sa.String(length=40), nullable=True),
    sa.Column('product_state', sa.String(length=1000), nullable=False),
    sa.Column('verified_with', sa.String(length=100), nullable=False),
    sa.Column('verified', sa.String(length=1000), nullable=False),
    sa.Column('opinion', sa.String(length=1000), nullable=False),
    sa.Column('repair', sa.Boolean(), nullable=False),
    sa.Column('proposal', sa.String(length=1000), nullable=True),
    sa.Column('document_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['document_id'], ['document.id'], name=op.f('fk_fieldreport_document_id_document')),
    sa.ForeignKeyConstraint(['trip_id'], ['document.id'], name=op.f('fk_fieldreport_trip_id_document')),
    sa.PrimaryKeyConstraint('document_id', name=op.f('pk_fieldreport'))
    )
    with op.batch_alter_table('fieldreport', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_fieldreport_trip_id'), ['trip_id'], unique=False)

