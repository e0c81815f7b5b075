"""What people type into the forms of a planned trip: its estimate, its vouchers, and what they mend when asked."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from random import Random
from typing import Any

from models import Transport
from seed.trips import Trip, Words

Raw = dict[str, Any]
PER_HEAD = 200
"""Yuan that entertainment may cost a head."""
ALLOWANCE = 100
"""Yuan a day, as estimated."""
_FOR_REPAIRS = ("MATERIALS", "PARTS", "RENTAL")
"""Expense types whose money is asked for as a repair."""
_DEAR = 120
"""What a room costs more a night in an estimate that will come back."""


class Forms:
    """Fills in forms in the words of the year. `types` leads from the code of an expense type to its id."""

    def __init__(self, words: Words, types: dict[str, int], people: dict[str, int], chance: Random) -> None:
        self.words, self.types, self.people, self.chance = words, types, people, chance
        self.buyer: Raw = {}
        """What invoices made out to the company bear."""

    # ------------------------------------------------------------------------------------------------------ request

    def request(self, trip: Trip) -> Raw:
        """A travel request as it is first sent, with what will be found wanting."""
        flaw = (trip.request.sent_back or {}).get("mend")
        by = Transport.PLANE if flaw == "train" else trip.by
        return {
            "traveller_id": self.people[trip.traveller],
            "companions": [self.people[trip.companion]] if trip.companion else [],
            "origin": self.words["home"],
            "destinations": trip.destinations,
            "starts_on": trip.starts_on.isoformat(),
            "ends_on": trip.ends_on.isoformat(),
            "transport": by.value,
            "task": trip.task,
            "serves": trip.serves,
            "estimates": self._estimates(trip, by, trip.rate + (_DEAR if flaw == "room" else 0)),
        }

    def mended_request(self, trip: Trip, raw: Raw, mend: dict[str, Any]) -> Raw:
        """The same request with the one thing changed that was asked for."""
        changes: dict[str, Raw] = {
            "room": {"estimates": self._estimates(trip, trip.by, trip.limit)},
            "train": {"transport": trip.by.value, "estimates": self._estimates(trip, trip.by, trip.rate)},
            "task": {"task": trip.task + mend.get("add", "")},
            "serves": {"serves": mend.get("serves") or trip.serves or self.words["serves"][0].format(y=26, m=1, n=1)},
        }
        return raw | changes[mend["mend"]]

    def _estimates(self, trip: Trip, by: Transport, rate: int) -> list[Raw]:
        receipts, days = self.words["receipts"], (trip.ends_on - trip.starts_on).days + 1
        fare = trip.fare * 2 if by == trip.by else trip.fare * 3
        fare = (fare + (trip.second[1] if trip.second else 0)) * (1 if by == Transport.COMPANY_CAR else trip.crew)

        def for_crew(what: str) -> str:
            return str(receipts["crew"].format(what=what, crew=trip.crew)) if trip.crew > 1 else what

        allowance = for_crew(receipts["allowance"].format(days=days, rate=ALLOWANCE))
        lines = [
            ("OWN_CAR" if by == Transport.COMPANY_CAR else "INTERCITY", _up(fare), for_crew(receipts["fares"][by])),
            ("LODGING", Decimal(rate * (days - 1)), receipts["rooms"].format(nights=days - 1, rate=rate)),
            ("LOCAL", Decimal(30 * days + 40), receipts["local"]),
            ("ALLOWANCE", Decimal(ALLOWANCE * days * trip.crew), allowance),
        ]
        for key, amount in trip.buys:
            bought = self.words["purchases"][key]
            lines.append((bought["type"], _up(amount), bought["what"]))
        if trip.hosting:
            lines.append((self.words["hosting"]["type"], _up(trip.hosting, 100), self.words["vague"]["hosting"]))
        return [
            {"expense_type_id": self.types[code], "amount": _plain(amount), "note": note}
            for code, amount, note in lines
            if amount
        ]

    # ------------------------------------------------------------------------------------------------------- report

    def repairs(self, trip: Trip) -> list[tuple[str, Decimal]]:
        """What is bought on a trip for a repair: it is asked for once a report has cleared the repair (P9-3.1)."""
        return [(key, amount) for key, amount in trip.buys if self.words["purchases"][key]["type"] in _FOR_REPAIRS]

    def report(self, trip: Trip, trip_id: int | None, day: date) -> Raw | None:
        """What is reported from the site; None where the task has nothing to find and nothing is repaired."""
        fitting = [one for one in self.words["findings"] if any(word in trip.task for word in one["fits"])]
        if self.repairs(trip):
            fitting = [one for one in fitting if one.get("proposal")] or [self.words["plain_finding"]]
        if not fitting:
            return None
        found = self.chance.choice(fitting)
        serial = f"{self.chance.randint(2101, 2512)}-{self.chance.randint(1, 480):04d}"
        return {
            "trip_id": trip_id,
            "looked_on": day.isoformat(),
            "product": f"{found['product']} {serial}",
            "serves": trip.serves,
            "product_state": found["state"],
            "verified_with": f"{trip.site}{self.chance.choice(self.words['witnesses'])}",
            "verified": found["verified"],
            "opinion": found["opinion"],
            "repair": bool(found.get("proposal")),
            "proposal": found.get("proposal"),
        }

    # -------------------------------------------------------------------------------------------- spending requests

    def repair_request(self, trip: Trip, trip_id: int | None, day: date) -> Raw:
        """Money for everything that is bought for the repair, rounded up; booked on the dearest of it."""
        bought = self.repairs(trip)
        dearest = max(bought, key=lambda one: one[1])[0]
        what = "、".join(self.words["purchases"][key]["what"] for key, _ in bought)
        return self._asked("repair", self.words["purchases"][dearest]["type"], day) | {
            "trip_id": trip_id,
            "asked_amount": _plain(_up(sum((amount for _, amount in bought), Decimal(0)), 50)),
            "matter": self.words["asking"]["repair"].format(what=what),
        }

    def hosting_request(self, trip: Trip, trip_id: int | None, day: date, chance: Random, *, dear: bool) -> Raw:
        """A meal with people of the depot; a dear one is for fewer of them than its price would do for."""
        asking, count = self.words["asking"], chance.randint(3, 7)
        enough = int(((trip.hosting or Decimal(0)) / PER_HEAD).to_integral_value(ROUND_CEILING))
        count = max(1, enough // 2) if dear else max(count, enough)
        return self._asked("entertainment", self.words["hosting"]["type"], day) | {
            "trip_id": trip_id,
            "asked_amount": _plain(_up(trip.hosting or Decimal(0), 50)),
            "matter": chance.choice(asking["hosting"]).format(site=trip.site),
            "guests": chance.choice(asking["guests"]).format(site=trip.site, n=count),
            "headcount": count,
        }

    def other_request(self, row: dict[str, Any], day: date) -> Raw:
        """A request without a trip, as the year has it."""
        return self._asked(row["spending"], row["type"], day) | {
            "serves": row["serves"],
            "asked_amount": _plain(Decimal(row["amount"])),
            "matter": row["matter"],
            "guests": row.get("guests"),
            "headcount": row.get("headcount"),
            "invoice": "no_invoice" not in row,
            "no_invoice_reason": row.get("no_invoice"),
            "no_invoice_handling": self.words["asking"]["handling"] if "no_invoice" in row else None,
        }

    def record(self, raw: Raw, place: str, day: date, spent: Decimal) -> Raw:
        """What really happened: as it was asked for, on its day (P9-3.2b)."""
        return {
            "spent_on": day.isoformat(),
            "spent_place": place,
            "spent_amount": _plain(spent),
            "spent_matter": raw["matter"],
            "spent_guests": raw["guests"],
            "spent_headcount": raw["headcount"],
        }

    def _asked(self, spending: str, code: str, day: date) -> Raw:
        facts = {"spending": spending, "expense_type_id": self.types[code], "planned_on": day.isoformat()}
        return facts | {"guests": None, "headcount": None, "invoice": True}

    # -------------------------------------------------------------------------------------------------------- claim

    def vouchers(self, trip: Trip, departed: date, returned: date, *, companion: bool = False) -> list[Raw]:
        """The receipts of a trip, in order of date. A companion claims his own tickets and rides."""
        lines = self._tickets(trip, departed, returned)
        if not companion:
            lines += [*self._nights(trip, departed, returned), *self._bought(trip, departed, returned)]
        lines += self._rides(trip, departed, returned, most=1 if companion else 3)
        return sorted(lines, key=lambda line: str(line["spent_on"]))

    def spoil(self, lines: list[Raw], flaw: str) -> int | None:
        """Leave or put something wrong in the first line it fits; the number the voucher bears on its sheet."""
        for place, line in enumerate(lines):
            if line["tag"] in _FLAWS[flaw][0]:
                lines[place] = line | _FLAWS[flaw][1](self, line) | {"right": line}
                apart = line["tag"] == "hosting"
                return sum(1 for other in lines[: place + 1] if (other["tag"] == "hosting") == apart)
        return None

    def mended(self, lines: list[Raw]) -> list[Raw]:
        """The lines as they should have been from the start."""
        return [line.get("right", line) for line in lines]

    def _tickets(self, trip: Trip, departed: date, returned: date) -> list[Raw]:
        home, first = self.words["home"], trip.place["city"]
        stops = [(departed, home, first, trip.fare)]
        if trip.second:
            middle = departed + (returned - departed) // 2
            stops.append((middle, first, trip.second[0], trip.second[1]))
        stops.append((returned, stops[-1][2], home, trip.fare))
        receipt = self.words["receipts"][trip.by]
        code = "OWN_CAR" if trip.by == Transport.COMPANY_CAR else "INTERCITY"
        return [
            self._line("ticket", code, day, amount, self.chance.choice(receipt["what"]), receipt["seller"], trip, tax=9)
            | {"origin": origin, "destination": destination, "transport": _by(trip, amount).value}
            for day, origin, destination, amount in stops
        ]

    def _nights(self, trip: Trip, departed: date, returned: date) -> list[Raw]:
        nights = (returned - departed).days
        if not nights:
            return []
        receipt = self.words["receipts"]["lodging"]
        what = receipt["what"].format(nights=nights, rate=trip.rate)
        seller = self.chance.choice(receipt["seller"]).format(city=trip.place["city"])
        line = self._line("room", "LODGING", returned, Decimal(trip.rate * nights), what, seller, trip, tax=6)
        return [line | self.buyer | {"spent_on": departed.isoformat(), "until": returned.isoformat()}]

    def _bought(self, trip: Trip, departed: date, returned: date) -> list[Raw]:
        lines, middle = [], departed + timedelta(days=min(1, (returned - departed).days))
        for key, amount in trip.buys:
            bought = self.words["purchases"][key]
            if bought["type"] in _FOR_REPAIRS and key not in trip.under:
                continue  # nobody agreed to it: it was not bought
            request, day = trip.under.get(key, (None, middle))
            seller = bought["seller"].format(city=trip.place["city"])
            line = self._line("purchase", bought["type"], day, amount, bought["what"], seller, trip, tax=13)
            lines.append(line | self.buyer | {"request_id": request})
        if trip.hosting and "hosting" in trip.under:
            request, middle = trip.under["hosting"]
            hosting = self.words["hosting"]
            what = self.chance.choice(hosting["what"]).format(site=trip.site, n=self.chance.randint(3, 7))
            seller = self.chance.choice(hosting["seller"]).format(city=trip.place["city"])
            line = self._line("hosting", hosting["type"], middle, trip.hosting, what, seller, trip)
            lines.append(line | self.buyer | {"request_id": request})
        return lines

    def _rides(self, trip: Trip, departed: date, returned: date, most: int) -> list[Raw]:
        if trip.by == Transport.COMPANY_CAR:
            return []
        receipt, city = self.words["receipts"]["taxi"], trip.place["city"]
        lines = []
        for _ in range(self.chance.randint(1, most)):
            day = departed + timedelta(days=self.chance.randint(0, (returned - departed).days))
            amount = Decimal(self.chance.randint(18, 86)) + self.chance.choice([Decimal("0.00"), Decimal("0.60")])
            what = self.chance.choice(receipt[trip.by])
            line = self._line("taxi", "LOCAL", day, amount, what, receipt["seller"].format(city=city), trip)
            lines.append(line | self._taxi_slip(trip, day) | {"origin": city, "destination": city})
        return lines

    def _line(
        self, tag: str, code: str, day: date, amount: Decimal, what: str, seller: str, trip: Trip, tax: int = 0
    ) -> Raw:
        rate = Decimal(tax) / 100
        return {
            "tag": tag,
            "spent_on": day.isoformat(),
            "expense_type_id": self.types[code],
            "description": what,
            "amount": _plain(amount),
            "tax": _plain(amount / (1 + rate) * rate) if tax else None,
            "invoice_kind": "ticket" if tag == "ticket" else "ordinary",
            "invoice_number": self._invoice(trip, day),
            "seller": seller,
        }

    def _invoice(self, trip: Trip, day: date) -> str:
        """An electronic invoice: year, province, and sixteen digits."""
        return f"{day:%y}{trip.place['region']}2000{self.chance.randrange(10**12):012d}"

    def _taxi_slip(self, trip: Trip, day: date) -> Raw:
        """A paper slip: a code of twelve digits and a number of eight."""
        code = f"1{trip.place['region']}00{day:%y}{self.chance.randrange(10**5):05d}"
        return {"invoice_kind": None, "invoice_code": code, "invoice_number": f"{self.chance.randrange(10**8):08d}"}

    def _one_night_more(self, line: Raw) -> Raw:
        nights, rate = (int(part) for part in self._numbers(line["description"]))
        what = self.words["receipts"]["lodging"]["what"].format(nights=nights + 1, rate=rate)
        return {"description": what, "amount": _plain(Decimal(line["amount"]) + rate)}

    def _numbers(self, text: str) -> list[str]:
        return [part for part in text.split() if part.isdigit()]


_FLAWS: dict[str, tuple[frozenset[str], Callable[[Forms, Raw], Raw]]] = {
    "invoice": (frozenset({"room", "purchase"}), lambda forms, line: {"invoice_number": None}),
    "taxi": (frozenset({"taxi"}), lambda forms, line: {"origin": None, "destination": None, "description": None}),
    "hosting": (frozenset({"hosting"}), lambda forms, line: {"description": forms.words["vague"]["hosting"]}),
    "purchase": (frozenset({"purchase"}), lambda forms, line: {"description": forms.words["vague"]["purchase"]}),
    "nights": (frozenset({"room"}), Forms._one_night_more),
    "title": (frozenset({"room", "purchase"}), lambda forms, line: {"invoice_number": line["invoice_number"][::-1]}),
}
"""What may be wrong with a voucher: on which kinds of line, and how it then reads."""


def _by(trip: Trip, amount: Decimal) -> Transport:
    """Short hops are made by train, whatever brought one there."""
    return trip.by if amount == trip.fare else Transport.TRAIN


def _up(amount: Decimal, step: int = 10) -> Decimal:
    return (amount / step).to_integral_value(ROUND_CEILING) * step


def _plain(amount: Decimal) -> str:
    return f"{amount.quantize(Decimal('0.01'), ROUND_HALF_UP):.2f}"
