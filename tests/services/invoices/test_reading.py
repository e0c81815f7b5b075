"""Invoices read, not typed: as much as QR code, XML or text says, and nothing invented (P8-3.2)."""

import io
import struct
import subprocess
import sys
import zlib
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from models import InvoiceKind
from services.attachments import check
from services.errors import Refused
from services.invoices.reading import Invoice, from_code, from_fields, from_text, read_invoice, understood
from tests.services.invoices.made import DIGITAL, OLDER, code_of, pdf_of, photo_of, xml_of

SPECIAL, ORDINARY, TICKET = InvoiceKind
WHOLE = Invoice(
    kind=ORDINARY,
    code=None,
    number=DIGITAL["number"],
    issued_on=date(2026, 11, 26),
    amount=Decimal("318.00"),
    tax=Decimal("18.00"),
    seller=DIGITAL["seller"],
    buyer_name=DIGITAL["buyer"],
    buyer_tax_no=DIGITAL["buyer_no"],
)


def _read(name: str, data: bytes) -> Invoice:
    return read_invoice(check(name, data))


def test_a_pdf_says_everything(tmp_path: Path) -> None:
    assert _read("发票.pdf", pdf_of(DIGITAL, tmp_path)) == WHOLE


def test_of_an_older_invoice_the_code_names_the_amount_without_tax_and_the_text_what_was_paid(tmp_path: Path) -> None:
    read = _read("发票.pdf", pdf_of(OLDER, tmp_path))
    assert (read.kind, read.code, read.number, read.amount, read.tax) == (
        ORDINARY,
        "043001900111",
        "12345678",
        Decimal("318.00"),
        Decimal("18.00"),
    )


@pytest.mark.parametrize("turned", [0, 7, 90])
def test_a_photo_says_what_its_code_says(turned: float) -> None:
    read = _read("IMG_0001.jpg", photo_of(DIGITAL, turned=turned))
    assert read == Invoice(ORDINARY, None, DIGITAL["number"], date(2026, 11, 26), Decimal("318.00"))


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_an_xml_says_everything(encoding: str) -> None:
    read = _read("发票.xml", xml_of(DIGITAL, encoding))
    assert read == WHOLE


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            code_of(DIGITAL),
            Invoice(ORDINARY, None, DIGITAL["number"], date(2026, 11, 26), Decimal("318.00")),
        ),
        (code_of(OLDER), Invoice(ORDINARY, "043001900111", "12345678", date(2026, 11, 26), None)),
        (
            "01,04,4300174320, ０１２３４５６７ ,94.34,20260230,x,y,",
            Invoice(ORDINARY, "4300174320", "01234567"),
        ),
        (
            "01,32,,26432000000012345678,viel,20261126",
            Invoice(ORDINARY, None, "26432000000012345678", date(2026, 11, 26)),
        ),
        (
            "01,32,,26432000000012345678,1e400,20261126",
            Invoice(ORDINARY, None, "26432000000012345678", date(2026, 11, 26)),
        ),
        ("https://example.com/01,32,,1,2,3", Invoice()),
        ("02,32,,26432000000012345678,1.00,20261126", Invoice()),
        ("01,31,,26432000000012345678,,", Invoice(SPECIAL, None, "26432000000012345678")),
        ("01,51,,26432000000012345678,,", Invoice(TICKET, None, "26432000000012345678")),
        ("01,99,,26432000000012345678,,", Invoice(None, None, "26432000000012345678")),
        ("01,32,,x,1.00,20261126", Invoice()),
        ("01,32", Invoice()),
        ("", Invoice()),
    ],
)
def test_a_tax_code_is_taken_apart(text: str, expected: Invoice) -> None:
    assert from_code(text) == expected


def test_the_next_label_is_nobodys_name() -> None:
    said = "名称： 统一社会信用代码/纳税人识别号：91320400MA0LF0Q000\n名称：甲商行 统一社会信用代码/纳税人识别号："
    assert from_text(said) == Invoice()


def test_what_stands_on_no_invoice_is_nothing() -> None:
    assert from_text("会议纪要 名称：甲 名称：乙 名称：丙") == Invoice()
    assert from_fields({"Name": "x", "SellerName": "y" * 101}) == Invoice()


def test_a_second_invoice_on_a_sheet_is_not_mixed_with_the_first() -> None:
    other = DIGITAL | {"number": "26432000000099999999", "day": "20261101"}
    read = understood({"codes": [code_of(OLDER), code_of(other)], "text": "", "fields": {}})
    assert read == Invoice(ORDINARY, "043001900111", "12345678", date(2026, 11, 26), None)


def _png(width: int, height: int) -> bytes:
    """A picture whose points unpack to as many bits, in a file of a few hundred KB."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    packer = zlib.compressobj()
    piece = packer.compress(bytes(2**20)) + packer.flush(zlib.Z_FULL_FLUSH)
    points = piece + piece[2:] * (width * height // 2**23)  # without the two bytes that begin it
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", points) + chunk(b"IEND", b"")


def _of_kind(kind: str, tmp_path: Path) -> tuple[str, bytes]:
    """A file by what is special about it."""
    match kind:
        case "invoice":
            return "a.pdf", pdf_of(DIGITAL, tmp_path)
        case "photo":
            return "a.jpg", photo_of(DIGITAL)
        case "large photo":
            file = io.BytesIO()
            Image.new("L", (7_000, 7_000), 200).save(file, "JPEG", quality=60)
            return "a.jpg", file.getvalue()
        case "corrupt":
            return "a.pdf", pdf_of(DIGITAL, tmp_path)[:2_000]
        case "encrypted":
            return "a.pdf", ENCRYPTED
        case "pages":
            return "a.pdf", _pages(10_000)
        case "image bomb":
            return "a.png", _png(30_000, 30_000)
        case _:
            return "a.xml", b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><E>&b;</E>'


def _pages(count: int) -> bytes:
    numbers = range(3, 3 + count)
    kids = b" ".join(b"%d 0 R" % number for number in numbers)
    pages = b"".join(b"%d 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\n" % number for number in numbers)
    start = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Count "
    return start + b"%d/Kids[" % count + kids + b"]>>endobj\n" + pages + b"trailer<</Root 1 0 R>>\n"


ENCRYPTED = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Count 1/Kids[3 0 R]>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\n"
    b"4 0 obj<</Filter/Standard/V 1/R 2/Length 40/P -4/O<" + b"41" * 32 + b">/U<" + b"42" * 32 + b">>>endobj\n"
    b"trailer<</Root 1 0 R/Encrypt 4 0 R/ID[<" + b"43" * 16 + b"><" + b"43" * 16 + b">]>>\n"
)
"""Locked with a password that nobody knows."""


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("corrupt", "damaged"),
        ("encrypted", "encrypted"),
        ("pages", "too_many_pages"),
        ("image bomb", "too_many_pixels"),
        ("xml bomb", "xml_dtd"),
    ],
)
def test_a_hostile_file_is_refused_with_the_reason(kind: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        _read(*_of_kind(kind, tmp_path))
    assert refused.value.key == f"attachment.{why}"


_MEASURE = """
import resource, subprocess, sys
done = subprocess.run([sys.executable, "-P", sys.argv[1]], stdin=open(sys.argv[2], "rb"), capture_output=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime)
"""


@pytest.mark.parametrize("kind", ["invoice", "photo", "large photo", "corrupt", "pages", "image bomb"])
@pytest.mark.parametrize("program", ["attachments/inspector.py", "invoices/reader.py"])
def test_no_file_takes_more_than_two_seconds_or_300_mb(program: str, kind: str, tmp_path: Path) -> None:
    """Looking into a file and reading it, each in its own process: computing time and memory of that process"""
    (tmp_path / "file").write_bytes(_of_kind(kind, tmp_path)[1])
    path = Path(__file__).parents[3] / "services" / program
    measure = [sys.executable, "-c", _MEASURE, str(path), str(tmp_path / "file")]
    kilobytes, seconds = subprocess.run(measure, capture_output=True, check=True, text=True).stdout.split()
    assert int(kilobytes) < 300 * 1024
    assert float(seconds) < 2


def test_what_the_reader_cannot_bear_is_simply_not_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = check("发票.pdf", pdf_of(DIGITAL, tmp_path))

    def heavy(*_: Any) -> str:
        raise Refused("attachment.too_heavy", name="x")

    monkeypatch.setattr("services.invoices.reading.look_apart", heavy)
    assert read_invoice(file) == Invoice()
