"""Analysis reports of complaints, as they were sent (P1-4.4b)."""

import sqlalchemy as sa
from alembic import op


revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('analysisaction',
    sa.Column('action_id', sa.Integer(), nullable=False),
    sa.Column('problem', sa.String(length=200), nullable=False),
    sa.Column('handling_department_id', sa.Integer(), nullable=False),
    sa.Column('rectify_by', sa.Date(), nullable=False),
    sa.Column('days_late', sa.Integer(), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('document_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['action_id'], ['document.id'], name=op.f('fk_analysisaction_action_id_document')),
    sa.ForeignKeyConstraint(['document_id'], ['document.id'], name=op.f('fk_analysisaction_document_id_document')),
    sa.ForeignKeyConstraint(['handling_department_id'], ['department.id'], name=op.f('fk_analysisaction_handling_department_id_department')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_analysisaction'))
    )
    with op.batch_alter_table('analysisaction', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_analysisaction_action_id'), ['action_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_analysisaction_document_id'), ['document_id'], unique=False)

    op.create_table('analysiscause',
    sa.Column('cause_category', sa.String(length=40), nullable=False),
    sa.Column('case_count', sa.Integer(), nullable=False),
    sa.Column('case_share', sa.String(length=20), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('document_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['document_id'], ['document.id'], name=op.f('fk_analysiscause_document_id_document')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_analysiscause'))
    )
    with op.batch_alter_table('analysiscause', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_analysiscause_document_id'), ['document_id'], unique=False)

    op.create_table('analysisfigure',
    sa.Column('figure', sa.String(length=40), nullable=False),
    sa.Column('this_period', sa.String(length=20), nullable=False),
    sa.Column('period_before', sa.String(length=20), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('document_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['document_id'], ['document.id'], name=op.f('fk_analysisfigure_document_id_document')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_analysisfigure'))
    )
    with op.batch_alter_table('analysisfigure', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_analysisfigure_document_id'), ['document_id'], unique=False)

    op.create_table('analysisrepeat',
    sa.Column('repeated', sa.String(length=40), nullable=False),
    sa.Column('repeated_name', sa.String(length=140), nullable=False),
    sa.Column('case_count', sa.Integer(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('document_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['document_id'], ['document.id'], name=op.f('fk_analysisrepeat_document_id_document')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_analysisrepeat'))
    )
    with op.batch_alter_table('analysisrepeat', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_analysisrepeat_document_id'), ['document_id'], unique=False)

    op.create_table('analysisreport',
    sa.Column('period_from', sa.Date(), nullable=False),
    sa.Column('period_to', sa.Date(), nullable=False),
    sa.Column('conclusions', sa.String(length=4000), nullable=False),
    sa.Column('proposals', sa.String(length=4000), nullable=False),
    sa.Column('document_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['document_id'], ['document.id'], name=op.f('fk_analysisreport_document_id_document')),
    sa.PrimaryKeyConstraint('document_id', name=op.f('pk_analysisreport'))
    )
    with op.batch_alter_table('analysisreport', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_analysisreport_period_from'), ['period_from'], unique=False)

