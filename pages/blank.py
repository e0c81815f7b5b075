"""A page with nothing on it, for measurements alone: what the portal costs before a page does anything."""


def blank() -> None:
    """Draw nothing."""
