"""Satisfaction surveys and customer visits (P3-1.3 to P3-1.5, P4-2.5)."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('customervisit',
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('visited_on', sa.Date(), nullable=False),
    sa.Column('visitors', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('met', sa.String(length=120), nullable=False),
    sa.Column('visit_notes', sa.String(length=2000), nullable=False),
    sa.Column('document_id', sa.Integer(), nullable=False),
    sa.Column('department_ids', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('has_opinions', sa.Boolean(), nullable=False),
    sa.Column('has_leads', sa.Boolean(), nullable=False),
    sa.Column('leads_result', sa.String(length=1000), nullable=True),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_customervisit_customer_id_customer')),
    sa.ForeignKeyConstraint(['document_id'], ['document.id'], name=op.f('fk_customervisit_document_id_document')),
    sa.PrimaryKeyConstraint('document_id', name=op.f('pk_customervisit'))
    )
    with op.batch_alter_table('customervisit', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_customervisit_customer_id'), ['customer_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_customervisit_visited_on'), ['visited_on'], unique=False)

    op.create_table('saleslead',
    sa.Column('product_id', sa.Integer(), nullable=True),
    sa.Column('lead', sa.String(length=500), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('document_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['document_id'], ['document.id'], name=op.f('fk_saleslead_document_id_document')),
    sa.ForeignKeyConstraint(['product_id'], ['product.id'], name=op.f('fk_saleslead_product_id_product')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_saleslead'))
    )
    with op.batch_alter_table('saleslead', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_saleslead_document_id'), ['document_id'], unique=False)

    op.create_table('satisfactionsurvey',
    sa.Column('survey_kind', sa.String(length=40), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('about_id', sa.Integer(), nullable=True),
    sa.Column('surveyed_on', sa.Date(), nullable=False),
    sa.Column('survey_way', sa.String(length=40), nullable=False),
    sa.Column('respondent', sa.String(length=40), nullable=False),
    sa.Column('score_speed', sa.Integer(), nullable=False),
    sa.Column('score_quality', sa.Integer(), nullable=False),
    sa.Column('score_attitude', sa.Integer(), nullable=False),
    sa.Column('score_price', sa.Integer(), nullable=False),
    sa.Column('score_overall', sa.Integer(), nullable=False),
    sa.Column('survey_remarks', sa.String(length=1000), nullable=True),
    sa.Column('document_id', sa.Integer(), nullable=False),
    sa.Column('handling_department_id', sa.Integer(), nullable=True),
    sa.Column('follow_up', sa.String(length=1000), nullable=True),
    sa.ForeignKeyConstraint(['about_id'], ['document.id'], name=op.f('fk_satisfactionsurvey_about_id_document')),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_satisfactionsurvey_customer_id_customer')),
    sa.ForeignKeyConstraint(['document_id'], ['document.id'], name=op.f('fk_satisfactionsurvey_document_id_document')),
    sa.ForeignKeyConstraint(['handling_department_id'], ['department.id'], name=op.f('fk_satisfactionsurvey_handling_department_id_department')),
    sa.PrimaryKeyConstraint('document_id', name=op.f('pk_satisfactionsurvey'))
    )
    with op.batch_alter_table('satisfactionsurvey', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_satisfactionsurvey_about_id'), ['about_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_satisfactionsurvey_customer_id'), ['customer_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_satisfactionsurvey_handling_department_id'), ['handling_department_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_satisfactionsurvey_surveyed_on'), ['surveyed_on'], unique=False)

    op.create_table('visitopinion',
    sa.Column('aspect', sa.String(length=40), nullable=False),
    sa.Column('opinion', sa.String(length=500), nullable=False),
    sa.Column('forwarded_to_id', sa.Integer(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('document_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('reply', sa.String(length=500), nullable=True),
    sa.ForeignKeyConstraint(['document_id'], ['document.id'], name=op.f('fk_visitopinion_document_id_document')),
    sa.ForeignKeyConstraint(['forwarded_to_id'], ['department.id'], name=op.f('fk_visitopinion_forwarded_to_id_department')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_visitopinion'))
    )
    with op.batch_alter_table('visitopinion', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_visitopinion_document_id'), ['document_id'], unique=False)

