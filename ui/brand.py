"""The portal's own sign: a blue square with a tick, and its name beside it."""

import base64
import html

MARK = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24" viewBox="0 0 24 24">'
    '<rect width="24" height="24" rx="5.5" fill="#2f5fd0"/>'
    '<path d="M6.8 12.4l3.5 3.5 6.9-7.6" fill="none" stroke="#fff" stroke-width="2.4" '
    'stroke-linecap="round" stroke-linejoin="round"/></svg>'
)
_IMAGE = "data:image/svg+xml;base64," + base64.b64encode(MARK.encode()).decode()
_FONTS = "-apple-system,'Segoe UI','PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif"
_ROOM = 96
"""Pixels beside the sign in a sidebar of the width we ask for."""


def sign(size: int) -> str:
    """The sign as HTML, `size` pixels high; as a picture, since Streamlit lets no drawing through."""
    return f'<img src="{_IMAGE}" width="{size}" height="{size}" alt="" style="display:block">'


def logo(name: str, dark: bool) -> str:
    """Sign and name as one picture for the head of the sidebar; a name too long for one line takes two."""
    first, _, second = name.rpartition(" ")
    lines, size = ([name], 15.0) if _width(name, 15) <= _ROOM or not first else ([first, second], 11.5)
    baselines = (17.4,) if len(lines) == 1 else (10.0, 22.0)
    colour = "#98a0ae" if dark else "#6b7280"
    width = 34 + max(_width(line, size) for line in lines)
    words = "".join(
        f'<text x="34" y="{y}">{html.escape(line)}</text>' for line, y in zip(lines, baselines, strict=True)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="24" viewBox="0 0 {width:.0f} 24">'
        f'{MARK}<g font-family="{_FONTS}" font-size="{size}" font-weight="600" fill="{colour}">{words}</g></svg>'
    )


def _width(text: str, size: float) -> float:
    """About how many pixels a text is wide: Chinese characters are square, Latin ones a good half of that."""
    return sum(size if ord(char) > 0x2E7F else size * 0.6 for char in text)
