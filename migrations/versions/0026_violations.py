"""Violations (P2-8.1, P8-6.3)."""

import sqlalchemy as sa
from alembic import op


revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('violation',
    sa.Column('clause', sa.String(length=12), nullable=False),
    sa.Column('found_by', sa.String(length=40), nullable=False),
    sa.Column('facts_found', sa.String(length=2000), nullable=False),
    sa.Column('evidence', sa.String(length=1000), nullable=False),
    sa.Column('source_paper_id', sa.Integer(), nullable=True),
    sa.Column('responsible_department_id', sa.Integer(), nullable=False),
    sa.Column('violator_id', sa.Integer(), nullable=True),
    sa.Column('document_id', sa.Integer(), nullable=False),
    sa.Column('heard_id', sa.Integer(), nullable=True),
    sa.Column('statement', sa.String(length=2000), nullable=True),
    sa.Column('accepts_facts', sa.Boolean(), nullable=False),
    sa.Column('handling', sa.String(length=40), nullable=True),
    sa.Column('handling_note', sa.String(length=1000), nullable=True),
    sa.Column('to_recover', sa.BigInteger(), nullable=True),
    sa.Column('recovered_amount', sa.BigInteger(), nullable=True),
    sa.Column('recovered_on', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['document_id'], ['document.id'], name=op.f('fk_violation_document_id_document')),
    sa.ForeignKeyConstraint(['heard_id'], ['person.id'], name=op.f('fk_violation_heard_id_person')),
    sa.ForeignKeyConstraint(['responsible_department_id'], ['department.id'], name=op.f('fk_violation_responsible_department_id_department')),
    sa.ForeignKeyConstraint(['source_paper_id'], ['document.id'], name=op.f('fk_violation_source_paper_id_document')),
    sa.ForeignKeyConstraint(['violator_id'], ['person.id'], name=op.f('fk_violation_violator_id_person')),
    sa.PrimaryKeyConstraint('document_id', name=op.f('pk_violation'))
    )
    with op.batch_alter_table('violation', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_violation_clause'), ['clause'], unique=False)
