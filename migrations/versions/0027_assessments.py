"""Assessments with their indicators (P1-7, P2-7)."""

import sqlalchemy as sa
from alembic import op


revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('assessment',
    sa.Column('assessed', sa.String(length=40), nullable=False),
    sa.Column('assessed_department_id', sa.Integer(), nullable=True),
    sa.Column('assessed_person_id', sa.Integer(), nullable=True),
    sa.Column('span', sa.String(length=40), nullable=False),
    sa.Column('month', sa.String(length=6), nullable=False),
    sa.Column('conclusion', sa.String(length=2000), nullable=False),
    sa.Column('leads_to_id', sa.Integer(), nullable=True),
    sa.Column('document_id', sa.Integer(), nullable=False),
    sa.Column('period', sa.String(length=6), nullable=False),
    sa.Column('total_score', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['assessed_department_id'], ['department.id'], name=op.f('fk_assessment_assessed_department_id_department')),
    sa.ForeignKeyConstraint(['assessed_person_id'], ['person.id'], name=op.f('fk_assessment_assessed_person_id_person')),
    sa.ForeignKeyConstraint(['document_id'], ['document.id'], name=op.f('fk_assessment_document_id_document')),
    sa.ForeignKeyConstraint(['leads_to_id'], ['document.id'], name=op.f('fk_assessment_leads_to_id_document')),
    sa.PrimaryKeyConstraint('document_id', name=op.f('pk_assessment'))
    )
    with op.batch_alter_table('assessment', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_assessment_assessed_department_id'), ['assessed_department_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_assessment_assessed_person_id'), ['assessed_person_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_assessment_period'), ['period'], unique=False)

    op.create_table('indicatorline',
    sa.Column('indicator', sa.String(length=40), nullable=False),
    sa.Column('reached', sa.BigInteger(), nullable=True),
    sa.Column('goal', sa.BigInteger(), nullable=False),
    sa.Column('weight', sa.Integer(), nullable=False),
    sa.Column('score', sa.BigInteger(), nullable=True),
    sa.Column('counted', sa.String(length=20), nullable=True),
    sa.Column('papers', sa.String(length=600), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('document_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['document_id'], ['document.id'], name=op.f('fk_indicatorline_document_id_document')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_indicatorline'))
    )
    with op.batch_alter_table('indicatorline', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_indicatorline_document_id'), ['document_id'], unique=False)
