"""Looks into one file from standard input and says on standard output what it is, or why it is refused.

It runs as a program of its own with little memory and time: a file made to crash, stall or blow up a parser ends this
process and not the portal. So it stands alone and imports nothing of the portal.
"""

import io
import re
import signal
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable
from xml.parsers import expat

MEMORY = 300 * 2**20
SECONDS = 1.8
"""Of computing, so that a refusal is there within two."""
MOST_PAGES = 500
MOST_PIXELS = 50_000_000
MOST_ENTRIES = 2_000
MOST_UNPACKED = 100 * 2**20
MOST_DEPTH = 200
MOST_ELEMENTS = 500_000

OBJECTS = re.compile(rb"/ObjStm[^\0]{0,500}?stream\r?\n")
"""Where a PDF keeps objects packed: its actions may lie among them."""

PACKAGES = {"xl/workbook.xml": "xlsx", "word/document.xml": "docx", "OFD.xml": "ofd"}
"""The part that makes a ZIP container a workbook, a text or an OFD invoice."""

PROGRAM = re.compile(
    r"embeddings/.*\.bin$|activex|\.(exe|dll|com|scr|bat|cmd|ps1|vbs|vbe|js|jse|wsf|hta|lnk|msi|jar|sh|app)$"
)
"""Parts of a package that are programs, or may wrap one."""
XML_PARTS = (".xml", ".rels", ".vml")


class Unfit(Exception):
    """Why the file is refused: the last part of a text key."""


def main() -> None:
    limit_resources()
    try:
        answer = f"is {inspect(sys.stdin.buffer.read())}"
    except Unfit as reason:
        answer = f"unfit {reason}"
    except MemoryError:
        answer = "unfit too_heavy"
    sys.stdout.write(answer)


def limit_resources() -> None:
    try:
        import resource
    except ImportError:  # not on Windows; the caller's clock still holds there
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.setitimer(signal.ITIMER_PROF, SECONDS)  # ends the process; RLIMIT_CPU knows whole seconds only
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def inspect(data: bytes) -> str:
    """The type of a sound file: pdf, png, jpeg, xlsx, docx, ofd or xml. Raises `Unfit`."""
    for magic, check in CHECKS:
        if re.match(magic, data):
            return check(data)
    raise Unfit("unknown")


def pdf(data: bytes) -> str:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
        pages = len(document)
        if pages > MOST_PAGES:
            raise Unfit("too_many_pages")
        for page in range(pages):
            document.get_page_size(page)  # finds the page without running what is drawn on it
    except pypdfium2.PdfiumError as error:
        raise Unfit("encrypted" if "assword" in str(error) else "damaged") from error
    if not pages:
        raise Unfit("damaged")
    acts_by_itself(data)
    for packed in OBJECTS.finditer(data):
        acts_by_itself(unpacked(data, packed.end()))
    return "pdf"


def acts_by_itself(data: bytes) -> None:
    """Refuse a PDF that starts programs or runs scripts. A name may be written with its letters as numbers."""
    plain = re.sub(rb"#([0-9a-fA-F]{2})", lambda found: bytes([int(found[1], 16)]), data)
    if re.search(rb"/(?:JavaScript|Launch)(?![A-Za-z0-9])", plain):
        raise Unfit("active")


def unpacked(data: bytes, start: int) -> bytes:
    """The objects that lie packed from here on, as far as they are packed as usual."""
    try:
        return zlib.decompressobj().decompress(data[start:], MOST_UNPACKED)
    except zlib.error:
        return b""


def picture(data: bytes) -> str:
    from PIL import Image

    try:
        image = Image.open(io.BytesIO(data), formats=("PNG", "JPEG"))
        if image.width * image.height > MOST_PIXELS:
            raise Unfit("too_many_pixels")
        kind = str(image.format).lower()
        if kind == "png":
            image.verify()  # every chunk's checksum, nothing unpacked
        else:
            image.draft("L", (image.width // 8, image.height // 8))
            image.load()  # to its end, at an eighth of its size
    except Image.DecompressionBombError as error:
        raise Unfit("too_many_pixels") from error
    except (OSError, SyntaxError, ValueError, TypeError, LookupError, ArithmeticError, struct.error) as error:
        # all that pillow is known to raise for broken pictures
        raise Unfit("damaged") from error
    return kind


def package(data: bytes) -> str:
    directory_is_small(data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            reject_tricks(entries)
            kinds = [kind for part, kind in PACKAGES.items() if part in archive.namelist()]
            if len(kinds) != 1:
                raise Unfit("unknown")
            for entry in entries:
                look_into(archive, entry)
            main_part = next(part for part, kind in PACKAGES.items() if kind == kinds[0])
            xml(archive.read(main_part))
    except (zipfile.BadZipFile, NotImplementedError, EOFError, ValueError, OSError, zlib.error) as error:
        raise Unfit("damaged") from error
    return kinds[0]


def directory_is_small(data: bytes) -> None:
    """The directory at the end is looked at before it is read: half a million entries fit into 20 MB."""
    end = data.rfind(b"PK\x05\x06", max(0, len(data) - 66_000))
    if end < 0 or len(data) < end + 22:
        raise Unfit("damaged")
    entries = int.from_bytes(data[end + 10 : end + 12], "little")
    size = int.from_bytes(data[end + 12 : end + 16], "little")
    if entries > MOST_ENTRIES or size > MOST_ENTRIES * 512 or data[max(0, end - 20) : end].startswith(b"PK\x06\x07"):
        raise Unfit("too_big_inside")


def reject_tricks(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > MOST_UNPACKED:
        raise Unfit("too_big_inside")
    for entry in entries:
        if entry.flag_bits & 0x1:
            raise Unfit("encrypted")
        if entry.filename.startswith("/") or "\\" in entry.filename or ".." in entry.filename.split("/"):
            raise Unfit("damaged")
        if entry.filename.lower().endswith("vbaproject.bin"):
            raise Unfit("macros")
        if PROGRAM.search(entry.filename.lower()):
            raise Unfit("active")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Unfit("unknown")
    if len({entry.filename for entry in entries}) < len(entries):
        raise Unfit("damaged")


def look_into(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    """Read an entry to its end, a piece at a time: zipfile checks its size and its checksum on the way."""
    before = b""
    with archive.open(entry) as part:
        while piece := part.read(2**18):
            seen = before + piece.replace(b"\0", b"")  # also where letters take two bytes
            if entry.filename.lower().endswith(XML_PARTS) and (b"<!DOCTYPE" in seen or b"<!ENTITY" in seen):
                raise Unfit("xml_dtd")
            before = seen[-10:]
    if entry.filename.lower().endswith(".rels"):
        fetches_nothing(archive.read(entry))


def fetches_nothing(relations: bytes) -> None:
    """Refuse what is loaded from elsewhere when the file is opened (a template, an object, a picture).

    Links are followed by whoever clicks them, and another workbook's values are fetched only when Excel is told to.
    """

    def enter(name: str, attributes: dict[str, str]) -> None:
        kind = attributes.get("Type", "").rpartition("/")[2]
        if attributes.get("TargetMode", "").lower() == "external" and kind not in ("hyperlink", "externalLinkPath"):
            raise Unfit("active")

    parser = expat.ParserCreate()
    parser.StartElementHandler = enter
    try:
        parser.Parse(relations, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise Unfit("damaged") from error


def xml(data: bytes) -> str:
    """Well-formed, without DTD or entities, and no web page or drawing."""
    depth = elements = 0

    def refuse(*_: object) -> None:
        raise Unfit("xml_dtd")

    def enter(name: str, _: object) -> None:
        nonlocal depth, elements
        if not depth and name.rpartition(":")[2].lower() in ("html", "svg"):
            raise Unfit("unknown")
        depth, elements = depth + 1, elements + 1
        if depth > MOST_DEPTH or elements > MOST_ELEMENTS:
            raise Unfit("too_big_inside")

    def leave(_: str) -> None:
        nonlocal depth
        depth -= 1

    data, encoding = readable(data)
    parser = expat.ParserCreate(encoding)
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = refuse
    parser.StartElementHandler, parser.EndElementHandler = enter, leave
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise Unfit("damaged") from error
    return "xml"


def readable(data: bytes) -> tuple[bytes, str | None]:
    """Chinese XML is often GBK, which the parser does not know: it is given UTF-8 instead."""
    declared = re.match(rb"\s*<\?xml[^>]{0,80}encoding\s*=\s*[\"']([\w-]{1,20})[\"']", data)
    if declared and declared[1].lower() in (b"gbk", b"gb2312", b"gb18030"):
        try:
            return data.decode("gb18030").encode(), "utf-8"
        except UnicodeDecodeError as error:
            raise Unfit("damaged") from error
    return data, None


def old_office(_: bytes) -> str:
    raise Unfit("old_office")


CHECKS: tuple[tuple[bytes, Callable[[bytes], str]], ...] = (
    (rb"(\xef\xbb\xbf)?[\s\0]{0,1000}%PDF-", pdf),
    (rb"\x89PNG\r\n\x1a\n|\xff\xd8\xff", picture),
    (rb"PK\x03\x04", package),
    (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", old_office),
    (rb"(\xef\xbb\xbf)?\s{0,1000}<|\xff\xfe<\0|\xfe\xff\0<", xml),
)


if __name__ == "__main__":
    main()
