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
_SIZE = 15


def sign(size: int) -> str:
    """The sign as HTML, `size` pixels high; as a picture, since Streamlit lets no drawing through."""
    return f'<img src="{_IMAGE}" width="{size}" height="{size}" alt="" style="display:block">'


def logo(name: str, dark: bool) -> str:
    """Sign and name as one picture for the head of the sidebar."""
    width = 34 + sum(_SIZE if ord(char) > 0x2E7F else _SIZE * 0.58 for char in name)
    colour = "#98a0ae" if dark else "#6b7280"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="24" viewBox="0 0 {width:.0f} 24">'
        f'{MARK}<text x="34" y="17.4" font-family="{_FONTS}" font-size="{_SIZE}" font-weight="600" '
        f'fill="{colour}">{html.escape(name)}</text></svg>'
    )
