"""Numbers such as TR-202611-0001: a sequence for each kind and month, no two alike however many people send at once."""

from datetime import datetime

from sqlmodel import Session

from models import NumberSeries
from services.people import local_day
from services.upsert import insert_into


def next_number(session: Session, kind: str, now: datetime) -> str:
    """The next number of a kind in the month it is in the company. The row's lock makes it unique."""
    month = local_day(now).strftime("%Y%m")
    statement = insert_into(session, NumberSeries).values(kind=kind, month=month, last=1)
    statement = statement.on_conflict_do_update(
        index_elements=["kind", "month"], set_={"last": NumberSeries.last + 1}
    ).returning(NumberSeries.last)
    return f"{kind}-{month}-{session.execute(statement).scalar_one():04d}"
