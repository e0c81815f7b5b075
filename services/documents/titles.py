"""What a paper is called in lists and in the inbox."""


def place_and_matter(place: str | None, matter: str | None) -> str:
    """Where and what for; a place that the matter names already is not said twice."""
    place, matter = place or "", matter or ""
    return matter if place and place in matter else f"{place} {matter}".strip()
