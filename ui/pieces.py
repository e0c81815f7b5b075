"""What is only read, as HTML: one element for all that stands together, which a browser draws in the time of one
paragraph. Whatever people typed is set as words: nothing of it is read as HTML.
"""

import html

import streamlit as st


def draw(*pieces: str, look: str = "", width: str = "stretch") -> None:
    """Draw them as one element; nothing where there are none."""
    if said := "".join(pieces):
        st.html(f'<div class="pieces {look}">{said}</div>', width=width)  # type: ignore[arg-type]


def said(words: str, look: str = "") -> str:
    """Words within a line. `look` names classes of portal.css."""
    return f'<span class="{look}">{html.escape(words)}</span>' if look else html.escape(words)


def title(words: str) -> str:
    """Of a page, in a line with what leads on from it."""
    return f"<h3>{html.escape(words)}</h3>"


def strong(words: str) -> str:
    return f"<strong>{html.escape(words)}</strong>"


def sign(icon: str, look: str = "") -> str:
    """A sign of Streamlit's font of signs. Its name is no text of the page."""
    return f'<i aria-hidden="true" class="sign {look}" data-sign="{html.escape(icon)}"></i>'


def badge(words: str, tone: str, icon: str = "") -> str:
    return f'<span class="badge {tone}">{sign(icon) if icon else ""}{html.escape(words)}</span>'


def link(words: str, address: str, icon: str) -> str:
    """A link into a tab of its own: a print, a file."""
    leads = f'class="link" href="{html.escape(address)}" target="_blank"'
    return f"<a {leads}>{sign(icon)}<span>{html.escape(words)}</span></a>"


def block(*parts: str, look: str = "") -> str:
    """Parts that stand in a line of their own, or in a block of that look."""
    return f'<div class="{look}">{"".join(parts)}</div>' if look else f"<div>{''.join(parts)}</div>"


def heading(words: str, *more: str) -> str:
    return block(" ".join((strong(words), *more)))


def boxed(*parts: str, look: str = "") -> str:
    return block(*parts, look=f"box {look}".rstrip())


def folded(words: str, small: str, icon: str, *parts: str) -> str:
    """What whoever wants to know opens."""
    head = f"<summary>{sign(icon)} {html.escape(words)} {said(small, 'quiet')}</summary>"
    return f'<details class="box">{head}{"".join(parts)}</details>'


def table(heads: str, rows: str, look: str = "") -> str:
    """A table as it stands on paper, of cells that are HTML already."""
    above = f"<thead><tr>{heads}</tr></thead>" if heads else ""
    return f'<table class="{f"paper-lines {look}".rstrip()}">{above}<tbody>{rows}</tbody></table>'
