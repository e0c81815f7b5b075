"""What has to be done for a month once it is over: a risk while it is open, a breach once its last day has passed."""

from collections.abc import Sequence
from datetime import date

from services.calendar import add_working_days, end_of_day
from services.compliance.found import Found
from services.compliance.records import Records
from services.people import local_day
from services.settings import setting


def last_day_for(records: Records, key: str, over: date) -> date:
    """The last day on which it is in time: as many working days after the period's own last day as the setting says."""
    days = setting(records.session, key, records.now)
    return local_day(add_working_days(records.session, end_of_day(over), days))


def duty(records: Records, asked: int, open_: Sequence[tuple[object, ...]], due: date, *, near: int = 0) -> Found:
    """How a duty stands that was to be done `asked` times and of which these, by name, are still open."""
    if local_day(records.now) <= due:
        return Found(asked, near=near, pending=tuple(open_), due=due if open_ else None)
    return Found(asked, near=near, others=tuple(open_))
