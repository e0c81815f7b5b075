"""Budget plans, the company's budgets, and which of them stand (P2-3, P7-4, P7-6)."""

import sqlalchemy as sa
from alembic import op


revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('budgetplan',
    sa.Column('planned_department_id', sa.Integer(), nullable=False),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('demand', sa.String(length=1000), nullable=False),
    sa.Column('product_quality', sa.String(length=1000), nullable=False),
    sa.Column('technical_level', sa.String(length=1000), nullable=False),
    sa.Column('work_plan', sa.String(length=1000), nullable=False),
    sa.Column('document_id', sa.Integer(), nullable=False),
    sa.Column('reviewed_amount', sa.BigInteger(), nullable=True),
    sa.Column('company_budget_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['company_budget_id'], ['document.id'], name=op.f('fk_budgetplan_company_budget_id_document')),
    sa.ForeignKeyConstraint(['document_id'], ['document.id'], name=op.f('fk_budgetplan_document_id_document')),
    sa.ForeignKeyConstraint(['planned_department_id'], ['department.id'], name=op.f('fk_budgetplan_planned_department_id_department')),
    sa.PrimaryKeyConstraint('document_id', name=op.f('pk_budgetplan'))
    )
    with op.batch_alter_table('budgetplan', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_budgetplan_company_budget_id'), ['company_budget_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_budgetplan_planned_department_id'), ['planned_department_id'], unique=False)

    op.create_table('companybudget',
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('ceiling', sa.BigInteger(), nullable=False),
    sa.Column('basis', sa.String(length=1000), nullable=False),
    sa.Column('document_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['document_id'], ['document.id'], name=op.f('fk_companybudget_document_id_document')),
    sa.PrimaryKeyConstraint('document_id', name=op.f('pk_companybudget'))
    )
    op.create_table('companybudgetline',
    sa.Column('plan_id', sa.Integer(), nullable=False),
    sa.Column('planned_department_id', sa.Integer(), nullable=False),
    sa.Column('salaries', sa.BigInteger(), nullable=True),
    sa.Column('equipment', sa.BigInteger(), nullable=True),
    sa.Column('training', sa.BigInteger(), nullable=True),
    sa.Column('materials', sa.BigInteger(), nullable=True),
    sa.Column('projects', sa.BigInteger(), nullable=True),
    sa.Column('other', sa.BigInteger(), nullable=True),
    sa.Column('year_amount', sa.BigInteger(), nullable=True),
    sa.Column('last_salaries', sa.BigInteger(), nullable=True),
    sa.Column('last_equipment', sa.BigInteger(), nullable=True),
    sa.Column('last_training', sa.BigInteger(), nullable=True),
    sa.Column('last_materials', sa.BigInteger(), nullable=True),
    sa.Column('last_projects', sa.BigInteger(), nullable=True),
    sa.Column('last_other', sa.BigInteger(), nullable=True),
    sa.Column('last_amount', sa.BigInteger(), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('document_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['document_id'], ['document.id'], name=op.f('fk_companybudgetline_document_id_document')),
    sa.ForeignKeyConstraint(['plan_id'], ['document.id'], name=op.f('fk_companybudgetline_plan_id_document')),
    sa.ForeignKeyConstraint(['planned_department_id'], ['department.id'], name=op.f('fk_companybudgetline_planned_department_id_department')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_companybudgetline'))
    )
    with op.batch_alter_table('companybudgetline', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_companybudgetline_document_id'), ['document_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_companybudgetline_plan_id'), ['plan_id'], unique=False)

    op.create_table('planline',
    sa.Column('category', sa.String(length=40), nullable=False),
    sa.Column('m01', sa.BigInteger(), nullable=True),
    sa.Column('m02', sa.BigInteger(), nullable=True),
    sa.Column('m03', sa.BigInteger(), nullable=True),
    sa.Column('m04', sa.BigInteger(), nullable=True),
    sa.Column('m05', sa.BigInteger(), nullable=True),
    sa.Column('m06', sa.BigInteger(), nullable=True),
    sa.Column('m07', sa.BigInteger(), nullable=True),
    sa.Column('m08', sa.BigInteger(), nullable=True),
    sa.Column('m09', sa.BigInteger(), nullable=True),
    sa.Column('m10', sa.BigInteger(), nullable=True),
    sa.Column('m11', sa.BigInteger(), nullable=True),
    sa.Column('m12', sa.BigInteger(), nullable=True),
    sa.Column('year_total', sa.BigInteger(), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('document_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('year_amount', sa.BigInteger(), nullable=False),
    sa.Column('last_amount', sa.BigInteger(), nullable=False),
    sa.Column('reviewed', sa.BigInteger(), nullable=True),
    sa.Column('review_reason', sa.String(length=200), nullable=True),
    sa.ForeignKeyConstraint(['document_id'], ['document.id'], name=op.f('fk_planline_document_id_document')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_planline'))
    )
    with op.batch_alter_table('planline', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_planline_document_id'), ['document_id'], unique=False)

    op.create_table('standingbudget',
    sa.Column('key', sa.String(length=40), nullable=False),
    sa.Column('document_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['document_id'], ['document.id'], name=op.f('fk_standingbudget_document_id_document')),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_standingbudget'))
    )
    with op.batch_alter_table('standingbudget', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_standingbudget_document_id'), ['document_id'], unique=False)
