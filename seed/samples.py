"""Sample receipts, drawn once: a few files that look like vouchers and say that they are samples."""

import io
from dataclasses import replace
from importlib.resources import files
from time import gmtime
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from services.attachments import CheckedFile, check

_SIZE = (900, 520)
_INK, _FRAME, _FAINT = "#1f2933", "#9a3412", "#e5d5c8"


def sample_receipts(words: dict[str, Any]) -> dict[str, CheckedFile]:
    """The samples by what they are for, ready to be attached."""
    return {key: _checked(sample["name"], _drawn(sample, words)) for key, sample in words["samples"].items()}


def renamed(file: CheckedFile, number: int) -> CheckedFile:
    """The same file under a name with a number, as people number their scans."""
    stem, _, ending = file.name.rpartition(".")
    return replace(file, name=f"{stem}{number}.{ending}")


def _checked(name: str, picture: Image.Image) -> CheckedFile:
    kind = {"png": "PNG", "jpg": "JPEG", "pdf": "PDF"}[name.rpartition(".")[2]]
    file = io.BytesIO()
    undated = {"creationDate": gmtime(0), "modDate": gmtime(0), "resolution": 110}
    picture.save(file, kind, **(undated if kind == "PDF" else {"optimize": True}))
    return check(name, file.getvalue())


def _drawn(sample: dict[str, Any], words: dict[str, Any]) -> Image.Image:
    picture = Image.new("RGB", _SIZE, "white")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((24, 24, _SIZE[0] - 24, _SIZE[1] - 24), outline=_FRAME, width=3)
    draw.text((_SIZE[0] / 2, 76), sample["title"], font=_font(36), fill=_FRAME, anchor="mm")
    draw.line((60, 118, _SIZE[0] - 60, 118), fill=_FRAME, width=2)
    for number, row in enumerate([*sample["rows"], words["sample_buyer"]]):
        draw.text((72, 150 + number * 58), str(row), font=_font(27), fill=_INK)
    draw.text((_SIZE[0] - 60, _SIZE[1] - 60), words["sample_mark"], font=_font(30), fill=_FAINT, anchor="rs")
    return picture


def _font(size: int) -> ImageFont.FreeTypeFont:
    simplified_chinese = 2  # place in the font collection
    return ImageFont.truetype(
        str(files("noto_cjk_sans_otc") / "NotoSansCJK-Regular.ttc"), size, index=simplified_chinese
    )
