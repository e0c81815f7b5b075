"""What the old books held when the portal went live: last year's spending and open advances (P7-4, P9-5b)."""

import sqlalchemy as sa
from alembic import op


revision = '0041'
down_revision = '0040'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('opening',
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('remarks', sa.String(length=500), nullable=True),
    sa.Column('document_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['document_id'], ['document.id'], name=op.f('fk_opening_document_id_document')),
    sa.PrimaryKeyConstraint('document_id', name=op.f('pk_opening'))
    )
    op.create_table('openingactual',
    sa.Column('department_id', sa.Integer(), nullable=False),
    sa.Column('category', sa.String(length=40), nullable=False),
    *(sa.Column(f'm{month:02d}', sa.BigInteger(), nullable=False) for month in range(1, 13)),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('document_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['department_id'], ['department.id'], name=op.f('fk_openingactual_department_id_department')),
    sa.ForeignKeyConstraint(['document_id'], ['document.id'], name=op.f('fk_openingactual_document_id_document')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_openingactual'))
    )
    op.create_table('openingadvance',
    sa.Column('old_number', sa.String(length=30), nullable=False),
    sa.Column('holder_id', sa.Integer(), nullable=False),
    sa.Column('purpose', sa.String(length=200), nullable=False),
    sa.Column('paid_on', sa.Date(), nullable=False),
    sa.Column('repay_by', sa.Date(), nullable=False),
    sa.Column('still_open', sa.BigInteger(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('document_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['document_id'], ['document.id'], name=op.f('fk_openingadvance_document_id_document')),
    sa.ForeignKeyConstraint(['holder_id'], ['person.id'], name=op.f('fk_openingadvance_holder_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_openingadvance'))
    )
    for table in ('openingactual', 'openingadvance'):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.create_index(batch_op.f(f'ix_{table}_document_id'), ['document_id'], unique=False)
    with op.batch_alter_table('cashadvance', schema=None) as batch_op:
        batch_op.add_column(sa.Column('opening', sa.Boolean(), nullable=False, server_default=sa.false()))
