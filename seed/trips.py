"""The trips of the demonstration year, planned before they are played: who goes where, when, what for, what happens."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from models import Transport
from seed.hours import WorkingTime, clock_at
from services.people import local_day

Words = dict[str, Any]

DAY = 510
"""Working minutes of a day."""
_ONE_DAY = timedelta(days=1)


@dataclass
class Story:
    """What happens to one paper on its way. Nothing set: it simply goes through."""

    stop: str | None = None
    """Where it waits at the end of the year: a step, `draft`, or `returned`."""
    sent_back: dict[str, Any] | None = None
    refused: str | None = None
    """Rejected by the department head, with this reason."""
    withdrawn: str | None = None
    """Taken back by its author, who changes this and sends it again."""
    cancelled: str | None = None
    cut: str | None = None
    comment: dict[str, Any] | None = None


@dataclass
class Trip:
    """One trip, with the stories of its request and of its claim."""

    traveller: str
    companion: str | None
    place: dict[str, Any]
    second: tuple[str, Decimal] | None
    """A second city nearby, and the ticket there."""
    task: str
    site: str
    by: Transport
    fare: Decimal
    rate: int
    starts_on: date
    ends_on: date
    shift: int
    """Days it ends later (or earlier) than planned."""
    serves: str | None
    buys: list[tuple[str, Decimal]]
    hosting: Decimal | None
    written_at: datetime
    claimed_at: datetime | None
    """Not before this moment; None where nothing is claimed."""
    companion_claims: bool
    files: bool
    request: Story = field(default_factory=Story)
    claim: Story = field(default_factory=Story)
    under: dict[str, tuple[int, date]] = field(default_factory=dict)
    """What was bought, or `hosting` -> the spending request it falls under, and the day on which it was spent."""

    @property
    def destinations(self) -> str:
        return f"{self.place['city']}、{self.second[0]}" if self.second else str(self.place["city"])

    @property
    def crew(self) -> int:
        return 2 if self.companion else 1

    @property
    def limit(self) -> int:
        """What finance allows for a night there."""
        return -(-(self.rate - 18) // 10) * 10


class Planner:
    """Plans trips that a person could really make: one at a time, on days that suit, sent in time to be signed."""

    def __init__(self, words: Words, hours: WorkingTime, departments: dict[str, str], chance: Random) -> None:
        self.words, self.hours, self.departments, self.chance = words, hours, departments, chance
        self._away: dict[str, set[date]] = {login: set() for login in departments}
        self._served = 0

    def plan(self, start: datetime, now: datetime, trips: int) -> list[Trip]:
        """The trips that leave work waiting at the end, then as many ordinary ones as are wanted, in order of time."""
        planned = self._waiting_requests(now) + self._waiting_claims(now)
        people = list(self.words["travellers"])
        weights = list(self.words["travellers"].values())
        for login in self.chance.choices(people, weights, k=max(0, trips - len(planned))):
            first, last = local_day(start) + timedelta(days=13), local_day(now) + timedelta(days=10)
            trip = self._trip(login, first, last, most=9)
            if trip:
                trip.written_at = max(trip.written_at, start)
                self._give_fate(trip)
                planned.append(trip)
        return sorted(planned, key=lambda trip: trip.written_at)

    # ---------------------------------------------------------------------------------------- what waits at the end

    def _waiting_requests(self, now: datetime) -> list[Trip]:
        planned = []
        today = local_day(now)
        for stop, logins in self.words["waiting"]["requests"].items():
            for login in logins:
                if stop == "travel":  # back, and has not said so yet
                    trip = self._trip(login, today - timedelta(days=12), today - timedelta(days=3), most=3, alone=True)
                else:
                    trip = self._trip(login, today + timedelta(days=3), today + timedelta(days=24), most=5)
                if trip is None:
                    continue
                if stop == "travel":  # until he says that he is back, he asks for no other trip
                    self._occupy(login, trip.ends_on, today + timedelta(days=60))
                else:
                    waits = self.chance.choice([25, 70, 130, 190, 260, 420, 640, 1150])
                    before = {"office_director": 170, "returned": 150}.get(stop, 0)
                    trip.written_at = self.hours.later(now, -(waits + before + 20))
                trip.shift = 0
                trip.request = Story(stop=stop)
                if stop == "returned":
                    trip.request.sent_back = self._request_return(trip, at_step="department_head")
                planned.append(trip)
        return planned

    def _waiting_claims(self, now: datetime) -> list[Trip]:
        planned = []
        today = local_day(now)
        for stop, logins in self.words["waiting"]["claims"].items():
            for login in logins:
                trip = self._trip(
                    login, today - timedelta(days=46), today - timedelta(days=9), most=4, major=stop == "finance_head"
                )
                if trip is None:
                    continue
                waits = self.chance.choice([40, 90, 160, 240, 330, 480, 700, 1100, 1500])
                before = _STEPS.index(stop) * 130 if stop in _STEPS else 150
                trip.claimed_at = None if stop == "back" else self.hours.later(now, -(waits + before + 60))
                trip.shift, trip.companion_claims, trip.files = 0, False, True
                trip.claim = Story(stop=stop)
                if stop == "returned":
                    trip.claim.sent_back = self._claim_return(trip, at_step="department_head")
                planned.append(trip)
        return planned

    # ------------------------------------------------------------------------------------------- what usually happens

    def _give_fate(self, trip: Trip) -> None:
        """Most papers go through; some come back, a few are turned down, taken back or given up."""
        drawn = self.chance.random()
        request, claim = trip.request, trip.claim
        if drawn < 0.10:
            request.sent_back = self._request_return(trip)
        elif drawn < 0.135:
            request.refused = self.chance.choice(self.words["request_rejections"])
        elif drawn < 0.165:
            request.withdrawn = self.chance.choice(self.words["withdrawals"])
        elif drawn < 0.195:
            request.cancelled = self.chance.choice(self.words["cancellations"])
        if self.chance.random() < 0.12:
            request.comment = self.chance.choice(self.words["comments"])
        drawn = self.chance.random()
        if drawn < 0.14:
            claim.sent_back = self._claim_return(trip)
        elif drawn < 0.15:
            claim.refused = self.chance.choice(self.words["claim_rejections"])
        elif drawn < 0.24:
            claim.cut = self._cut(trip)

    def _request_return(self, trip: Trip, at_step: str | None = None) -> dict[str, Any]:
        reasons = [one for one in self.words["request_returns"] if at_step in (None, one["at"])]
        reasons = [one for one in reasons if one["mend"] != "train" or trip.by == Transport.TRAIN]
        if trip.serves:
            reasons = [one for one in reasons if one["mend"] != "serves"]
        cars = "、".join(f"{self.chance.randrange(101, 960):04d}" for _ in range(2))
        reason = dict(self.chance.choice(reasons))
        reason["note"] = reason["note"].format(limit=trip.limit)
        reason["add"] = reason.get("add", "").format(cars=cars)
        if reason["mend"] == "serves":
            reason["serves"] = self._reference(trip.starts_on)
        return reason

    def _claim_return(self, trip: Trip, at_step: str | None = None) -> dict[str, Any]:
        possible = {"invoice", "taxi", "nights", "title"}
        possible |= {"hosting"} if trip.hosting else set()
        possible |= {"purchase"} if trip.buys else set()
        reasons = [one for one in self.words["claim_returns"] if one["spoils"] in possible]
        return dict(self.chance.choice([one for one in reasons if at_step in (None, one["at"])]))

    def _cut(self, trip: Trip) -> str:
        return self.chance.choice(["room", "room", "taxi", *(["hosting"] * 2 if trip.hosting else [])])

    # --------------------------------------------------------------------------------------------------- a single trip

    def _trip(
        self,
        login: str,
        first: date,
        last: date,
        *,
        most: int,
        alone: bool = False,
        major: bool = False,
    ) -> Trip | None:
        """A trip of someone's within a span, or None where he has no room for it."""
        for _ in range(60):
            starts_on = first + timedelta(days=self.chance.randrange((last - first).days + 1))
            kind = self.chance.choice(self.words["tasks"][self.departments[login]])
            if not self.hours.works(starts_on) or starts_on.month not in kind.get("months", range(1, 13)):
                continue
            days = min(self.chance.randint(*kind["days"]), most)
            ends_on = self._end(starts_on, days)
            with_him = None
            if not alone and self.chance.random() < (0.6 if kind["crew"][1] > kind["crew"][0] else kind["crew"][0] - 1):
                with_him = self._companion(login, starts_on, ends_on)
            if ends_on <= last + timedelta(days=12) and self._free(login, starts_on, ends_on):
                place = self._place(kind, major)
                return self._made(login, with_him, kind, place, starts_on, ends_on, major)
        return None

    def _end(self, starts_on: date, days: int) -> date:
        """The last day of a trip; nobody comes home in the middle of a weekend if he can help it."""
        ends_on = starts_on + timedelta(days=days - 1)
        while ends_on > starts_on + _ONE_DAY and not self.hours.works(ends_on):
            ends_on -= _ONE_DAY
        return ends_on

    def _made(
        self,
        login: str,
        with_him: str | None,
        kind: dict[str, Any],
        place: dict[str, Any],
        starts_on: date,
        ends_on: date,
        major: bool,
    ) -> Trip:
        chance = self.chance
        for person in filter(None, (login, with_him)):
            self._occupy(person, starts_on, ends_on)
        site = chance.choice([site for name in kind["at"] for site in place["sites"].get(name, [])])
        by, fare = self._way(place, login)
        rate = place["room"] + 10 * chance.randint(-3, 6) + (120 if self.departments[login] == "MGT" else 0)
        shift = chance.choice([0, 0, 0, 0, 0, 1, -1]) if (ends_on - starts_on).days > 1 else 0
        back = clock_at(ends_on + shift * _ONE_DAY, time(18))
        return Trip(
            traveller=login,
            companion=with_him,
            place=place,
            second=self._second(place, (ends_on - starts_on).days),
            task=kind["task"].format(site=site, n=chance.randint(2, 8), model=chance.choice(self.words["models"])),
            site=site,
            by=by,
            fare=fare,
            rate=rate,
            starts_on=starts_on,
            ends_on=ends_on,
            shift=shift,
            serves=self._reference(starts_on) if chance.random() < 0.35 else None,
            buys=self._purchases(kind["buys"], major),
            hosting=self._hosting(kind.get("hosts", 0.12), major),
            written_at=self.hours.later(clock_at(starts_on, time(8)), -chance.randint(4 * DAY, 8 * DAY)),
            claimed_at=self._claimed_at(back),
            companion_claims=chance.random() < 0.6,
            files=chance.random() < 0.12,
        )

    def _way(self, place: dict[str, Any], login: str) -> tuple[Transport, Decimal]:
        fare = Decimal(str(place["fare"]))
        if place["by"] == "plane":
            return Transport.PLANE, (fare * self.chance.randint(82, 112) // 1000 * 10).quantize(Decimal("0.01"))
        if fare < 200 and self.chance.random() < 0.25:
            return Transport.COMPANY_CAR, fare.quantize(Decimal("0.01")) + self.chance.randint(20, 60)
        return Transport.TRAIN, fare.quantize(Decimal("0.01"))

    def _second(self, place: dict[str, Any], nights: int) -> tuple[str, Decimal] | None:
        if "near" not in place or nights < 3 or self.chance.random() > 0.4:
            return None
        city, fare = place["near"]
        return city, Decimal(str(fare)).quantize(Decimal("0.01"))

    def _purchases(self, keys: list[str], major: bool) -> list[tuple[str, Decimal]]:
        bought = [key for key in keys if major or self.chance.random() < 0.3]
        found = [(key, self._price(self.words["purchases"][key]["price"])) for key in bought]
        return [*found, ("crane", self._price([3200, 3800]))] if major and "crane" not in bought else found

    def _hosting(self, probability: float, major: bool) -> Decimal | None:
        if not major and self.chance.random() > probability:
            return None
        return self._price(self.words["hosting"]["price"])

    def _price(self, span: list[int]) -> Decimal:
        return Decimal(self.chance.randint(*span)) + self.chance.choice(
            [Decimal("0.00"), Decimal("0.00"), Decimal("0.50")]
        )

    def _claimed_at(self, back: datetime) -> datetime | None:
        """Most claim within a week, some after weeks, some not at all."""
        drawn = self.chance.random()
        if drawn < 0.14:
            return None
        days = self.chance.randint(12, 24) if drawn > 0.94 else self.chance.randint(1, 6)
        return self.hours.later(back, days * DAY + self.chance.randint(-200, 200))

    def _place(self, kind: dict[str, Any], major: bool) -> dict[str, Any]:
        fitting = [place for place in self.words["places"] if set(kind["at"]) & set(place["sites"])]
        far = [place for place in fitting if place["fare"] >= 800]
        return dict(self.chance.choice(far if major and far else fitting))

    def _companion(self, login: str, starts_on: date, ends_on: date) -> str | None:
        """A colleague of the same department who travels as well and is free."""
        same = [
            other
            for other in self.words["travellers"]
            if other != login and self.departments[other] == self.departments[login]
        ]
        free = [other for other in same if self._free(other, starts_on, ends_on)]
        return self.chance.choice(free) if free else None

    def _reference(self, day: date) -> str:
        self._served += 1
        pattern = self.chance.choice(self.words["serves"])
        return str(pattern.format(y=f"{day:%y}", m=f"{day:%m}", n=f"{self._served:02d}"))

    def _free(self, login: str, starts_on: date, ends_on: date) -> bool:
        span = {starts_on + timedelta(days=i) for i in range((ends_on - starts_on).days + 1)}
        return not span & self._away[login]

    def _occupy(self, login: str, starts_on: date, ends_on: date) -> None:
        """Two days before and after stay free, for delays and for the desk."""
        for i in range(-2, (ends_on - starts_on).days + 3):
            self._away[login].add(starts_on + timedelta(days=i))


_STEPS = [
    "clerk",
    "department_head",
    "vice_president",
    "office_director",
    "finance_head",
    "finance_vp",
    "finance_audit",
    "payment",
]
