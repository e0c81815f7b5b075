"""Corrective actions and their measures (P3-2.1b, P7-11b)."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('correctiveaction',
    sa.Column('action_source', sa.String(length=40), nullable=False),
    sa.Column('about_id', sa.Integer(), nullable=True),
    sa.Column('action_kind', sa.String(length=40), nullable=False),
    sa.Column('handling_department_id', sa.Integer(), nullable=False),
    sa.Column('rectify_by', sa.Date(), nullable=False),
    sa.Column('problem', sa.String(length=2000), nullable=False),
    sa.Column('known_cause', sa.String(length=2000), nullable=True),
    sa.Column('document_id', sa.Integer(), nullable=False),
    sa.Column('root_cause', sa.String(length=2000), nullable=True),
    sa.Column('measure_owner_ids', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('effect', sa.String(length=1000), nullable=True),
    sa.ForeignKeyConstraint(['about_id'], ['document.id'], name=op.f('fk_correctiveaction_about_id_document')),
    sa.ForeignKeyConstraint(['document_id'], ['document.id'], name=op.f('fk_correctiveaction_document_id_document')),
    sa.ForeignKeyConstraint(['handling_department_id'], ['department.id'], name=op.f('fk_correctiveaction_handling_department_id_department')),
    sa.PrimaryKeyConstraint('document_id', name=op.f('pk_correctiveaction'))
    )
    with op.batch_alter_table('correctiveaction', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_correctiveaction_about_id'), ['about_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_correctiveaction_handling_department_id'), ['handling_department_id'], unique=False)

    op.create_table('measure',
    sa.Column('measure', sa.String(length=500), nullable=False),
    sa.Column('owner_id', sa.Integer(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('document_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('done_on', sa.Date(), nullable=True),
    sa.Column('evidence', sa.String(length=500), nullable=True),
    sa.ForeignKeyConstraint(['document_id'], ['document.id'], name=op.f('fk_measure_document_id_document')),
    sa.ForeignKeyConstraint(['owner_id'], ['person.id'], name=op.f('fk_measure_owner_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_measure'))
    )
    with op.batch_alter_table('measure', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_measure_document_id'), ['document_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_measure_owner_id'), ['owner_id'], unique=False)

