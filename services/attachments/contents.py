"""What a file is, said by its content: a process of its own looks into it (`inspector.py`), its name is cleaned."""

import hashlib
import subprocess
import sys
import threading
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from services.errors import Refused

LARGEST = 20 * 2**20
LONGEST_SENT_NAME = 1_000
"""Of a longer name, the end is looked at: bringing text into one form may take time by the square of its length."""
LONGEST_NAME = 120
LONGEST_NAME_BYTES = 240  # what file systems take, with room for a browser's " (1)"
SECONDS = 20
"""However busy the machine is; the inspector itself may use 2 seconds of computing."""

_INSPECTOR = Path(__file__).with_name("inspector.py")
_at_once = threading.BoundedSemaphore(2)


@dataclass(frozen=True)
class FileType:
    media_type: str
    suffixes: tuple[str, ...]
    """How its name may end; the first is given to a name without an ending."""


_OFFICE = "application/vnd.openxmlformats-officedocument."
TYPES = {
    "pdf": FileType("application/pdf", (".pdf",)),
    "png": FileType("image/png", (".png",)),
    "jpeg": FileType("image/jpeg", (".jpg", ".jpeg", ".jpe", ".jfif")),
    "xlsx": FileType(f"{_OFFICE}spreadsheetml.sheet", (".xlsx",)),
    "docx": FileType(f"{_OFFICE}wordprocessingml.document", (".docx",)),
    "ofd": FileType("application/ofd", (".ofd",)),
    "xml": FileType("application/xml", (".xml",)),
}
SUFFIXES = tuple(suffix for kind in TYPES.values() for suffix in kind.suffixes)


@dataclass(frozen=True)
class CheckedFile:
    """A file that was looked into and found sound, with a clean name that tells the truth about its type."""

    name: str
    media_type: str
    sha256: str
    data: bytes


def check(name: str, data: bytes) -> CheckedFile:
    """Look into a file as it was sent. Raises `Refused` with the reason: size, type, damage, a bomb, a false name."""
    if not data:
        raise Refused("attachment.empty", name=_shown(name))
    if len(data) > LARGEST:
        raise Refused("attachment.too_large", name=_shown(name), limit=LARGEST // 2**20)
    kind = TYPES[look_apart(_INSPECTOR, _shown(name), data)]
    sha256 = hashlib.sha256(data).hexdigest()
    return CheckedFile(clean_name(name, kind, fallback=sha256[:8]), kind.media_type, sha256, data)


def look_apart(program: Path, name: str, data: bytes) -> str:
    """What a program that stands alone says of a file, in a process of its own, two at most at once.

    Whatever makes it crash, stall or swell is refused; an error of its own rises.
    """
    command = [sys.executable, "-P", str(program)]
    with _at_once:
        try:
            done = subprocess.run(command, input=data, capture_output=True, timeout=SECONDS, check=False)
        except subprocess.TimeoutExpired as error:
            raise Refused("attachment.too_heavy", name=name) from error
    if done.returncode < 0:
        raise Refused("attachment.too_heavy", name=name)
    if done.returncode:
        raise RuntimeError(f"{program.name} failed: {done.stderr.decode(errors='replace')[-2000:]}")
    said, _, what = done.stdout.decode().partition(" ")
    if said == "unfit":
        raise Refused(f"attachment.{what}", name=name)
    return what


def clean_name(name: str, kind: FileType, *, fallback: str) -> str:
    """A name without folders, control characters or tricks, that ends as its content says.

    Raises `Refused` where the name claims another type.
    """
    shown = _shown(name).rstrip(" .")
    stem, dot, suffix = shown.rpartition(".")
    suffix = f"{dot}{suffix}".lower()
    if not dot or " " in suffix or len(suffix) > 6:  # no ending at all
        stem, suffix = shown, kind.suffixes[0]
    elif suffix not in kind.suffixes:
        raise Refused("attachment.false_name", name=_shown(name), type=kind.suffixes[0].lstrip(".").upper())
    stem = stem.strip(" .") or fallback
    if stem.split(".")[0].upper() in _RESERVED:
        stem = f"_{stem}"
    room = LONGEST_NAME - len(suffix)
    stem = stem[:room].encode()[: LONGEST_NAME_BYTES - len(suffix)].decode(errors="ignore").rstrip(" .")
    return stem + suffix


_FORBIDDEN = str.maketrans(dict.fromkeys('<>:"|?*', "_"))
_RESERVED = {"CON", "PRN", "AUX", "NUL", *(f"{port}{n}" for port in ("COM", "LPT") for n in range(1, 10))}
"""Names that Windows keeps for its devices."""


def _shown(name: str) -> str:
    """The last part of a path, in one line, without characters that hide, turn or break text."""
    name = unicodedata.normalize("NFC", name[-LONGEST_SENT_NAME:]).replace("\\", "/").rpartition("/")[2]
    kept = "".join(c if unicodedata.category(c)[0] != "C" else " " if c in "\t\r\n" else "" for c in name)
    return " ".join(kept.split()).translate(_FORBIDDEN)[:255]
