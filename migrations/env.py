"""How alembic reaches the database: called by services/schema.py, which hands over the URL."""

from typing import Any, Literal

import sqlalchemy as sa
from alembic import context
from sqlmodel.sql.sqltypes import AutoString

from models import Base, Fen, Json, Utc
from services.schema import alone, check_links, migration_engine, modelled


def run() -> None:
    engine = migration_engine(context.config.attributes["url"])
    with engine.begin() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=True,
            compare_type=True,
            include_name=modelled,
            render_item=plain_type,
        )
        alone(connection)
        context.run_migrations()
        check_links(connection)


def plain_type(kind: str, item: Any, autogen: Any) -> str | Literal[False]:
    """Write a column type as the database knows it, so that an old migration does not depend on today's models."""
    if kind != "type":
        return False
    if isinstance(item, Fen):
        return "sa.BigInteger()"
    if isinstance(item, Utc):
        return "sa.DateTime(timezone=True)"
    if item is Json:
        autogen.imports.add("from sqlalchemy.dialects import postgresql")
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    if isinstance(item, sa.Enum | AutoString):
        return f"sa.String(length={item.length})" if item.length else "sa.String()"
    return False


run()
