"""Reads one file from standard input: its QR codes and its text, or the fields of its XML, said as JSON.

It runs as a program of its own with little memory and time, like the inspector that has passed the file before: what
makes it crash, stall or swell ends this process and not the portal. It stands alone and imports nothing of the portal;
what the words mean is decided elsewhere.
"""

import contextlib
import io
import json
import re
import signal
import sys
from typing import Any
from xml.parsers import expat

MEMORY = 300 * 2**20
SECONDS = 1.8
"""Of computing."""
MOST_PAGES = 2
"""An invoice is on the first page; some have a list of goods on a second."""
SIDE = 2_000
"""Pixels of the longer side at which pages and photos are looked at: a QR code of 2 cm has 170 of them."""
MOST_PIXELS = 25_000_000
MOST_TEXT = 20_000
MOST_CODES = 10
MOST_FIELDS = 400


def main() -> None:
    limit_resources()
    try:
        said = read(sys.stdin.buffer.read())
    except MemoryError:
        sys.stdout.write("unfit too_heavy")
        return
    sys.stdout.write("is " + json.dumps(said))


def limit_resources() -> None:
    try:
        import resource
    except ImportError:  # not on Windows; the caller's clock still holds there
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.setitimer(signal.ITIMER_PROF, SECONDS)  # ends the process; RLIMIT_CPU knows whole seconds only
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def read(data: bytes) -> dict[str, Any]:
    """What the file says: `codes` (texts of QR codes), `text`, `fields` (XML: name -> text). What it lacks is empty."""
    said: dict[str, Any] = {"codes": [], "text": "", "fields": {}}
    if re.match(rb"(\xef\xbb\xbf)?[\s\0]{0,1000}%PDF-", data):
        read_pdf(data, said)
    elif data[:8] == b"\x89PNG\r\n\x1a\n" or data[:3] == b"\xff\xd8\xff":
        read_picture(data, said)
    elif re.match(rb"(\xef\xbb\xbf)?\s{0,1000}<|\xff\xfe<\0|\xfe\xff\0<", data):
        said["fields"] = fields_of(data)
    return said


def read_pdf(data: bytes, said: dict[str, Any]) -> None:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
        for number in range(min(len(document), MOST_PAGES)):
            page = document[number]
            said["text"] += page.get_textpage().get_text_range()[:MOST_TEXT] + "\n"
            if said["codes"]:
                continue
            scale = SIDE / max(*page.get_size(), 1)
            picture = page.render(scale=min(scale, 6), grayscale=True).to_pil()
            said["codes"] += codes_in(picture)
    except pypdfium2.PdfiumError:
        return  # what could be read until then is what there is


def read_picture(data: bytes, said: dict[str, Any]) -> None:
    from PIL import Image

    try:
        picture = Image.open(io.BytesIO(data), formats=("PNG", "JPEG"))
        if picture.format == "PNG" and picture.width * picture.height > MOST_PIXELS:
            return
        picture.draft("L", (SIDE, SIDE))  # a photo is unpacked no larger than it is looked at
        whole = picture.convert("L")
        small = whole.copy()
        small.thumbnail((SIDE, SIDE))
        said["codes"] += codes_in(small) or codes_in(whole)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return


def codes_in(picture: Any) -> list[str]:
    import zxingcpp

    found = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    return [one.text[:1_000] for one in found[:MOST_CODES]]


def fields_of(data: bytes) -> dict[str, str]:
    """The texts of an XML file's innermost elements, by name without prefix; of one name the first."""
    found: dict[str, str] = {}
    path: list[str] = []
    words: list[str] = []

    def enter(name: str, _: object) -> None:
        path.append(name.rpartition(":")[2])
        words.clear()

    def leave(_: str) -> None:
        name, text = path.pop(), "".join(words).strip()[:200]
        if text and len(found) < MOST_FIELDS:
            found.setdefault(name, text)
        words.clear()

    def refuse(*_: object) -> None:
        raise ValueError("a DTD")

    data, encoding = readable(data)
    parser = expat.ParserCreate(encoding)
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = refuse
    parser.StartElementHandler, parser.EndElementHandler = enter, leave
    parser.CharacterDataHandler = words.append
    with contextlib.suppress(expat.ExpatError, ValueError, LookupError):  # what was read until then is what there is
        parser.Parse(data, True)
    return found


def readable(data: bytes) -> tuple[bytes, str | None]:
    """Chinese XML is often GBK, which the parser does not know: it is given UTF-8 instead."""
    declared = re.match(rb"\s*<\?xml[^>]{0,80}encoding\s*=\s*[\"']([\w-]{1,20})[\"']", data)
    if declared and declared[1].lower() in (b"gbk", b"gb2312", b"gb18030"):
        return data.decode("gb18030", errors="replace").encode(), "utf-8"
    return data, None


if __name__ == "__main__":
    main()
