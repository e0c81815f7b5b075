"""Budget inspections: sample, findings, last time's points (P7-10, P7-11)."""

import sqlalchemy as sa
from alembic import op


revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('budgetinspection',
    sa.Column('span', sa.String(length=40), nullable=False),
    sa.Column('month', sa.String(length=6), nullable=False),
    sa.Column('inspected_department_id', sa.Integer(), nullable=True),
    sa.Column('sample_size', sa.Integer(), nullable=False),
    sa.Column('last_time', sa.String(length=2000), nullable=True),
    sa.Column('inspection_summary', sa.String(length=3000), nullable=False),
    sa.Column('proposals', sa.String(length=2000), nullable=True),
    sa.Column('document_id', sa.Integer(), nullable=False),
    sa.Column('period', sa.String(length=6), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=False),
    sa.Column('sample_seed', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['document_id'], ['document.id'], name=op.f('fk_budgetinspection_document_id_document')),
    sa.ForeignKeyConstraint(['inspected_department_id'], ['department.id'], name=op.f('fk_budgetinspection_inspected_department_id_department')),
    sa.PrimaryKeyConstraint('document_id', name=op.f('pk_budgetinspection'))
    )
    with op.batch_alter_table('budgetinspection', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_budgetinspection_inspected_department_id'), ['inspected_department_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_budgetinspection_period'), ['period'], unique=False)

    op.create_table('finding',
    sa.Column('finding', sa.String(length=500), nullable=False),
    sa.Column('severity', sa.String(length=40), nullable=False),
    sa.Column('clause', sa.String(length=12), nullable=True),
    sa.Column('finding_department_id', sa.Integer(), nullable=False),
    sa.Column('paper_id', sa.Integer(), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('document_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['document_id'], ['document.id'], name=op.f('fk_finding_document_id_document')),
    sa.ForeignKeyConstraint(['finding_department_id'], ['department.id'], name=op.f('fk_finding_finding_department_id_department')),
    sa.ForeignKeyConstraint(['paper_id'], ['document.id'], name=op.f('fk_finding_paper_id_document')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_finding'))
    )
    with op.batch_alter_table('finding', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_finding_document_id'), ['document_id'], unique=False)

    op.create_table('lastpoint',
    sa.Column('point', sa.String(length=500), nullable=False),
    sa.Column('severity', sa.String(length=40), nullable=False),
    sa.Column('point_department_id', sa.Integer(), nullable=False),
    sa.Column('actions', sa.String(length=200), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('document_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['document_id'], ['document.id'], name=op.f('fk_lastpoint_document_id_document')),
    sa.ForeignKeyConstraint(['point_department_id'], ['department.id'], name=op.f('fk_lastpoint_point_department_id_department')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_lastpoint'))
    )
    with op.batch_alter_table('lastpoint', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_lastpoint_document_id'), ['document_id'], unique=False)

    op.create_table('sampleline',
    sa.Column('sampled_for', sa.String(length=40), nullable=False),
    sa.Column('paper_id', sa.Integer(), nullable=False),
    sa.Column('paper_title', sa.String(length=200), nullable=False),
    sa.Column('paper_department_id', sa.Integer(), nullable=False),
    sa.Column('paper_amount', sa.BigInteger(), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('document_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['document_id'], ['document.id'], name=op.f('fk_sampleline_document_id_document')),
    sa.ForeignKeyConstraint(['paper_department_id'], ['department.id'], name=op.f('fk_sampleline_paper_department_id_department')),
    sa.ForeignKeyConstraint(['paper_id'], ['document.id'], name=op.f('fk_sampleline_paper_id_document')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sampleline'))
    )
    with op.batch_alter_table('sampleline', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_sampleline_document_id'), ['document_id'], unique=False)
