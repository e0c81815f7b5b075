"""Claims for measuring the control rules: plausible ones, and ones in which somebody did something he should not.

Nothing here asks the rules: what is bad is made from what people do, and who judges it is another matter.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

Line = dict[str, Any]

SHARE = 0.03
"""Of the claims, so many are bad, each way as often as the others."""
HIGHEST_BED = 450
"""Yuan a night that the company pays."""
_SOON = timedelta(days=29)
"""Within which a claim is sent that is not meant to be late."""
COMPANY, TAX_NUMBER = "岚峰轨道装备有限公司", "91320400MA0LF0Q000"
_ONE_DAY = timedelta(days=1)
_CITIES = ("西安", "武汉", "成都", "郑州", "太原", "兰州", "沈阳", "青岛")


@dataclass
class Made:
    """One trip and its claim as somebody would fill them in."""

    person: int
    first: date
    last: date
    sent_on: date
    allowance_days: int
    lines: list[Line]
    bad: str | None = None
    """What is wrong with it; nothing with most."""
    reserved: bool = False
    """Does a bad one lean on it?"""
    city: str = ""


@dataclass
class Maker:
    """Makes claims of some people over some years, one trip at a time for each."""

    chance: Random
    people: int
    working: Callable[[date], bool]
    start: date
    share: float = SHARE
    made: list[Made] = field(default_factory=list)
    _free_from: dict[int, date] = field(default_factory=dict)
    _number: int = 0

    def make(self, count: int) -> list[Made]:
        """So many claims in the order in which they are sent, each kind of badness at its part of the share."""
        kinds = list(_BAD)
        fates = [kind for kind in kinds for _ in range(round(count * self.share / len(kinds)))]
        fates += [None] * (count - len(fates))
        self.chance.shuffle(fates)
        for place in range(count):
            self.made.append(self._plain(place % self.people))
        for claim, fate in zip(self.made, fates, strict=True):
            claim.bad = fate
        for claim, fate in zip(list(self.made), fates, strict=True):
            if fate and not _BAD[fate](self, claim):
                claim.bad = None
        return sorted(self.made, key=lambda one: one.sent_on)

    # --- an ordinary claim

    def _plain(self, person: int) -> Made:
        first = self._free_from.get(person, self.start + timedelta(days=self.chance.randrange(14)))
        while not self.working(first):
            first += _ONE_DAY
        last = first + timedelta(days=self.chance.choice([0, 1, 1, 2, 2, 3, 4, 6]))
        self._free_from[person] = last + timedelta(days=self.chance.randint(8, 24))
        days = (last - first).days + 1
        city = self.chance.choice(_CITIES)
        fare = self._yuan(80, 640)
        lines = [
            self._line("INTERCITY", first, fare, "铁路电子客票", origin="株洲", destination=city),
            self._line("INTERCITY", last, fare, "铁路电子客票", origin=city, destination="株洲"),
        ]
        if days > 1:
            price = Decimal(self.chance.randrange(180, 420, 10)) * (days - 1)
            hotel = f"{city}{self.chance.choice(['悦途商务酒店', '轨道交通宾馆', '锦程快捷酒店'])}"
            lines.append(self._line("LODGING", first, price, hotel, until=last, tax=_share(price, 6), **self._buyer()))
        lines += [self._ride(first + timedelta(days=self.chance.randrange(days)), city) for _ in range(days)]
        allowance = days
        if self.chance.random() < 0.15:  # who is fed for a day by the plant claims a meal or none, and no allowance
            allowance -= 1
            lines.append(self._line("MEALS", first, self._yuan(20, 70), f"{city}老城家常菜馆", **self._buyer()))
        if self.chance.random() < 0.25:
            guests = self.chance.randint(3, 7)
            day = next(one for one in (first + timedelta(days=n) for n in range(days)) if self.working(one))
            price = (Decimal(guests) * self._yuan(70, 190)).quantize(Decimal("0.01"))
            lines.append(self._line("ENTERTAIN", day, price, f"{city}聚贤楼餐饮店", guests=guests, **self._buyer()))
        if self.chance.random() < 0.2:
            price = self._yuan(60, 900)
            lines.append(self._line("MATERIALS", first, price, f"{city}五金机电商行", **self._buyer()))
        sent_on = last + timedelta(days=self.chance.choice([1, 2, 2, 3, 4, 5, 7, 9, 12, 18, 26]))
        return Made(person, first, last, sent_on, allowance, lines, city=city)

    def _ride(self, day: date, city: str) -> Line:
        seller = f"{city}出租汽车公司"
        code = f"1440{self.chance.randrange(10**8):08d}"
        number = f"{self.chance.randrange(10**8):08d}"
        line = self._line("LOCAL", day, self._yuan(12, 90), seller, origin=city, destination=city)
        what = self.chance.choice(["车站至酒店", "酒店至现场", "现场至车站", "现场至酒店"])
        return line | {"invoice_code": code, "invoice_number": number, "description": what}

    def _line(self, code: str, day: date, amount: Decimal, seller: str, **more: Any) -> Line:
        return {
            "code": code,
            "spent_on": day,
            "amount": amount.quantize(Decimal("0.01")),
            "seller": seller,
            "invoice_number": self._invoice(day),
        } | more

    def _invoice(self, day: date) -> str:
        """A fully digital invoice's number: year, region, and sixteen digits."""
        return f"{day:%y}432000{self.chance.randrange(10**12):012d}"

    def _buyer(self) -> Line:
        return {"buyer_name": COMPANY, "buyer_tax_no": TAX_NUMBER} if self.chance.random() < 0.9 else {}

    def _yuan(self, least: int, most: int) -> Decimal:
        return Decimal(self.chance.randrange(least * 100, most * 100)) / 100

    # --- what people do that they should not

    def duplicate(self, claim: Made) -> bool:
        """He claims an invoice that a colleague, or he himself, has claimed before; typed with a blank or two."""
        earlier = [one for one in self.made if one.sent_on < claim.sent_on and not one.bad and one is not claim]
        if not earlier:
            return False
        source = self.chance.choice(earlier)
        source.reserved = True
        line = dict(self.chance.choice(source.lines))
        line["spent_on"], number = claim.first, line["invoice_number"]
        line.pop("until", None)
        line["invoice_number"] = self.chance.choice([number, f" {number}", f"{number[:4]} {number[4:]}"])
        claim.lines.append(line)
        return True

    def second_receipt(self, claim: Made) -> bool:
        """One expense with two receipts: an invoice and a substitute, often from another shop."""
        line = dict(self.chance.choice([one for one in claim.lines if one["code"] != "INTERCITY"]))
        line |= {"invoice_code": None, "invoice_number": self._invoice(claim.first), "until": None}
        if self.chance.random() < 0.2:
            line["seller"] = f"{claim.city}便民商店"
        claim.lines.append(line)
        return True

    def before_or_after(self, claim: Made) -> bool:
        """A ride of his own weekend."""
        away = self.chance.choice([-3, -2, -1, 1, 2, 3])
        day = claim.first + timedelta(days=away) if away < 0 else claim.last + timedelta(days=away)
        claim.lines.append(self._ride(day, claim.city))
        claim.sent_on = max(claim.sent_on, day + _ONE_DAY)
        return True

    def two_beds(self, claim: Made) -> bool:
        """A second hotel for a night that is paid elsewhere."""
        if claim.last == claim.first:
            return False
        night, price = claim.first, self._yuan(180, 400)
        claim.lines = [one for one in claim.lines if one["code"] != "LODGING"]
        for hotel, until in (("悦途商务酒店", claim.last), ("车辆段招待所", night + _ONE_DAY)):
            claim.lines.append(self._line("LODGING", night, price + until.day, claim.city + hotel, until=until))
        return True

    def fed_twice(self, claim: Made) -> bool:
        """Allowance for every day, and a meal as well."""
        claim.allowance_days = (claim.last - claim.first).days + 1
        claim.lines.append(self._line("MEALS", claim.last, self._yuan(20, 80), f"{claim.city}老城家常菜馆"))
        return True

    def feast(self, claim: Made) -> bool:
        """A dinner that was dear a head."""
        guests = self.chance.randint(2, 5)
        price = Decimal(guests) * self._yuan(205, 480)
        claim.lines.append(self._line("ENTERTAIN", claim.first, price, f"{claim.city}湖畔人家酒楼", guests=guests))
        return True

    def nobody_there(self, claim: Made) -> bool:
        """A dinner of which nobody says who sat there."""
        claim.lines.append(self._line("ENTERTAIN", claim.first, self._yuan(100, 600), f"{claim.city}湖畔人家酒楼"))
        return True

    def on_a_sunday(self, claim: Made) -> bool:
        """A dinner on a day off: the family's?"""
        days = [claim.first + timedelta(days=n) for n in range((claim.last - claim.first).days + 1)]
        free = [day for day in days if not self.working(day)]
        if not free:  # he stays over the weekend
            claim.last = next(
                day for day in (claim.last + timedelta(days=n) for n in range(1, 12)) if not self.working(day)
            )
            claim.sent_on = max(claim.sent_on, claim.last + _ONE_DAY)
            free = [claim.last]
            if claim.last >= self._next_trip(claim):
                return False
        guests = 3
        price = self._yuan(150, 500)
        claim.lines.append(self._line("ENTERTAIN", free[0], price, f"{claim.city}聚贤楼餐饮店", guests=guests))
        return True

    def late(self, claim: Made) -> bool:
        """Found in a drawer."""
        claim.sent_on = claim.last + timedelta(days=self.chance.choice([31, 35, 48, 66, 89, 91, 120]))
        return True

    def split(self, claim: Made) -> bool:
        """Two claims of some days, each a little below what the head of finance would have to sign."""
        mine = [one for one in self.made if one.person == claim.person and not one.bad and not one.reserved]
        soon = (one for one in mine if one.first > claim.last and one.sent_on - claim.first <= _SOON)
        later = next(soon, None)
        if later is None:
            return False
        later.reserved = True
        for one in (claim, later):
            wanted = Decimal(self.chance.randrange(460_000, 499_900)) / 100
            rest = wanted - sum(line["amount"] for line in one.lines) - 100 * one.allowance_days
            if rest > 0:
                one.lines.append(self._line("MATERIALS", one.first, rest, f"{one.city}五金机电商行"))
        claim.sent_on = later.sent_on = max(claim.sent_on, later.sent_on)
        later.sent_on += timedelta(days=self.chance.randrange(4))
        later.bad, claim.reserved = "split", True  # while there is but one of them, nobody can know
        return False

    def off_a_pad(self, claim: Made) -> bool:
        """Slips torn off one pad, a few days apart."""
        code, number = f"1440{self.chance.randrange(10**8):08d}", self.chance.randrange(10**7)
        for step in (0, 1):
            ride = self._ride(claim.first if step else claim.last, claim.city)
            claim.lines.append(ride | {"invoice_code": code, "invoice_number": f"{number + step:08d}"})
        return True

    def in_two_places(self, claim: Made) -> bool:
        """A trip that began before the one before it was over."""
        mine = [one for one in self.made if one.person == claim.person and not one.bad and not one.reserved]
        before = next((one for one in reversed(mine) if one.first < claim.first), None)
        if before is None or before.sent_on - before.last > _SOON:
            return False
        before.reserved, back = True, claim.first - before.last
        claim.first, claim.last = claim.first - back, claim.last - back
        claim.sent_on = max(claim.last, before.sent_on) + _ONE_DAY
        for line in claim.lines:
            line["spent_on"] -= back
            if line.get("until"):
                line["until"] -= back
        return True

    def dear_bed(self, claim: Made) -> bool:
        """A hotel above what his grade may pay a night."""
        if claim.last == claim.first:
            return False
        price = Decimal(self.chance.randrange(HIGHEST_BED + 10, 900, 10)) * (claim.last - claim.first).days
        claim.lines = [one for one in claim.lines if one["code"] != "LODGING"]
        claim.lines.append(self._line("LODGING", claim.first, price, f"{claim.city}国际大酒店", until=claim.last))
        return True

    def another_buyer(self, claim: Made) -> bool:
        """An invoice made out to somebody else."""
        line = self._line("MATERIALS", claim.first, self._yuan(60, 900), f"{claim.city}五金机电商行")
        wrong = [{"buyer_name": "某某商贸有限公司"}, {"buyer_name": COMPANY, "buyer_tax_no": TAX_NUMBER[:-1] + "1"}]
        claim.lines.append(line | self.chance.choice(wrong))
        return True

    def _next_trip(self, claim: Made) -> date:
        later = [one.first for one in self.made if one.person == claim.person and one.first > claim.first]
        return min(later, default=date.max)


def _share(price: Decimal, percent: int) -> Decimal:
    """The tax in a price."""
    return (price * percent / (100 + percent)).quantize(Decimal("0.01"))


_BAD: dict[str, Callable[[Maker, Made], bool]] = {
    "an invoice again": Maker.duplicate,
    "two receipts for one expense": Maker.second_receipt,
    "outside the trip": Maker.before_or_after,
    "two hotels": Maker.two_beds,
    "allowance and meal": Maker.fed_twice,
    "dear a head": Maker.feast,
    "people missing": Maker.nobody_there,
    "day off": Maker.on_a_sunday,
    "late": Maker.late,
    "split": Maker.split,
    "off a pad": Maker.off_a_pad,
    "another buyer": Maker.another_buyer,
    "two trips at once": Maker.in_two_places,
    "a dear bed": Maker.dear_bed,
}
