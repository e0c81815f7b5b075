"""From what a reader found in a file to an invoice: as much as its QR code, its XML or its text says, and no guess."""

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from models import InvoiceKind
from services.attachments.contents import CheckedFile, look_apart
from services.controls.rule import invoice_key
from services.errors import Refused

_READER = Path(__file__).with_name("reader.py")
_READABLE = frozenset({"application/pdf", "image/png", "image/jpeg", "application/xml"})
_DIGITAL = frozenset({"31", "32", "51", "61", "83", "84", "85", "86"})
"""Kinds of fully digital invoices: a number of 20 digits, no code, and the amount in the QR code includes the tax."""
_KINDS = {
    **dict.fromkeys(("01", "08", "20", "31"), InvoiceKind.SPECIAL),
    **dict.fromkeys(("04", "10", "11", "14", "32"), InvoiceKind.ORDINARY),
    **dict.fromkeys(("51", "61"), InvoiceKind.TICKET),
}
"""The tax office's numbers of kinds; what others are is left to the user."""
_NAMES = {
    "invoicenumber": "number",
    "einvoiceid": "number",
    "eiid": "number",
    "invoicecode": "code",
    "issuetime": "issued_on",
    "requesttime": "issued_on",
    "issuedate": "issued_on",
    "totaltaxincludedamount": "amount",
    "totaltaxam": "tax",
    "sellername": "seller",
    "buyername": "buyer_name",
    "buyeridnum": "buyer_tax_no",
}
"""Elements of an e-invoice's XML, in small letters, and what they hold."""
_LABEL = 20
"""Letters of the longest label that names a kind: a remark is no label."""


@dataclass(frozen=True)
class Invoice:
    """What was read of an invoice; what could not be read is None. Amounts in yuan, `amount` with its tax."""

    kind: InvoiceKind | None = None
    code: str | None = None
    number: str | None = None
    issued_on: date | None = None
    amount: Decimal | None = None
    tax: Decimal | None = None
    seller: str | None = None
    buyer_name: str | None = None
    buyer_tax_no: str | None = None

    @property
    def key(self) -> str | None:
        return invoice_key(self.code, self.number)

    def over(self, other: "Invoice") -> "Invoice":
        """This reading, with what it lacks from another."""
        lacking = {one.name: getattr(other, one.name) for one in fields(self) if getattr(self, one.name) is None}
        return replace(self, **lacking)


def read_invoice(file: CheckedFile) -> Invoice:
    """What a sound file says of the invoice it shows; nothing where it shows none, or more than can be read."""
    if file.media_type not in _READABLE:
        return Invoice()
    try:
        said = json.loads(look_apart(_READER, file.name, file.data))
    except Refused:  # too heavy to be read: it is a sound file all the same
        return Invoice()
    return understood(said)


def understood(said: Mapping[str, Any]) -> Invoice:
    """The codes first, then XML, then the text, which is the least certain."""
    found = Invoice()
    for reading in (*(from_code(one) for one in said["codes"]), from_fields(said["fields"]), from_text(said["text"])):
        if found.key and reading.key and found.key != reading.key:
            continue  # another invoice on the same sheet
        found = found.over(reading)
    return found


def from_code(text: str) -> Invoice:
    """A tax QR code: `01,kind,code,number,amount,date,check code,...`; of fully digital invoices the code is empty.

    The amount is without tax on the older kinds: what has to be paid is left to the text, or to the user.
    """
    parts = [unicodedata.normalize("NFKC", part).strip() for part in text.split(",")]
    if len(parts) < 6 or parts[0] != "01" or not parts[3].isascii() or not parts[3].isdigit():
        return Invoice()
    kind, code, number, amount = parts[1], parts[2] or None, parts[3], _money(parts[4])
    digital = kind in _DIGITAL or (code is None and len(number) == 20)
    return Invoice(_KINDS.get(kind), _short(code, 20), _short(number, 30), _day(parts[5]), amount if digital else None)


def from_fields(found: Mapping[str, str]) -> Invoice:
    """An e-invoice's XML, by the names of its elements; its kind is named in a label of its own."""
    named: dict[str, str] = {}
    for name, text in found.items():
        if field := _NAMES.get("".join(letter for letter in name.lower() if letter.isalnum())):
            named.setdefault(field, text)
    return Invoice(
        kind=next(filter(None, (_kind_named(text) for text in found.values() if len(text) <= _LABEL)), None),
        code=_short(named.get("code"), 20),
        number=_short(named.get("number"), 30),
        issued_on=_day(named.get("issued_on")),
        amount=_money(named.get("amount")),
        tax=_money(named.get("tax")),
        seller=_short(named.get("seller"), 100),
        buyer_name=_short(named.get("buyer_name"), 100),
        buyer_tax_no=_short(named.get("buyer_tax_no"), 30),
    )


def from_text(text: str) -> Invoice:
    """The text of a page: what stands behind the words that invoices have in common."""
    words, text = _words(), unicodedata.normalize("NFKC", text)
    parties = _behind(text, words["party"], r"([^\s:]{2,100})(?=\s|$)")
    numbers = _behind(text, words["party_number"], r"([0-9A-Z]{15,20})(?![0-9A-Z])")
    sums = re.search(_any(words["sums"]) + r"\s*[¥Y]?\s*([\d,]+\.\d\d)\s*[¥Y]\s*([\d,]+\.\d\d)", text)
    return Invoice(
        kind=_kind_named(text),
        code=_first(_behind(text, words["code"], r"(\d{10,12})(?!\d)")),
        number=_first(_behind(text, words["number"], r"(\d{20}|\d{8})(?!\d)")),
        issued_on=_day(_first(_behind(text, words["issued_on"], r"(\d{4}\s*\D\s*\d{1,2}\s*\D\s*\d{1,2})"))),
        amount=_money(_first(_behind(text, words["total"], r"[¥Y]?\s*([\d,]+\.\d\d)"))),
        tax=_money(sums[2]) if sums else None,
        seller=parties[1] if len(parties) == 2 else None,
        buyer_name=parties[0] if len(parties) == 2 else None,
        buyer_tax_no=numbers[0] if len(numbers) == 2 else None,
    )


def _kind_named(text: str) -> InvoiceKind | None:
    """The first kind whose name stands in a text: on an invoice it is the title."""
    kinds = _words()["kinds"]
    places = {kind: found.start() for kind in InvoiceKind if (found := re.search(_any(kinds[kind]), text))}
    return min(places, key=places.__getitem__, default=None)


def _behind(text: str, words: Iterable[str], pattern: str) -> list[str]:
    return re.findall(_any(words) + r"\s*:?\s*" + pattern, text)


def _any(words: Iterable[str]) -> str:
    return "(?:" + "|".join(re.escape(unicodedata.normalize("NFKC", word)) for word in words) + ")"


def _first(found: list[str]) -> str | None:
    return found[0] if found else None


def _day(text: str | None) -> date | None:
    """20261126, 2026-11-26 09:30 or a day with words between its figures."""
    parts = re.match(r"(\d{4})\D{0,3}(\d{1,2})\D{0,3}(\d{1,2})", text or "")
    try:
        return date(int(parts[1]), int(parts[2]), int(parts[3])) if parts else None
    except ValueError:
        return None


def _money(text: str | None) -> Decimal | None:
    try:
        amount = Decimal((text or "").replace(",", "")).quantize(Decimal("0.01"))
    except InvalidOperation:
        return None
    return amount if 0 <= amount <= 100_000_000 else None


def _short(text: str | None, longest: int) -> str | None:
    """What is longer than its field takes was misread."""
    return text if text and len(text) <= longest else None


@cache
def _words() -> dict[str, Any]:
    words: dict[str, Any] = yaml.safe_load(_READER.with_name("words.yaml").read_text(encoding="utf-8"))
    return words
