"""Parts that were used on a visit: which of them stand in the list of parts (P3-2.4)."""

from sqlmodel import Session, col, select

from models import OrderPart, Part


def note_listed(session: Session, document_id: int) -> None:
    """A part that was typed by the name and model of the list, or by its code, is the listed one and is called as the
    list does, so that its price is found; another one stays as it was typed.
    """
    known: dict[tuple[str, ...], Part] = {}
    for part in session.exec(select(Part).where(col(Part.active)).order_by(col(Part.id))):
        known.setdefault((_plain(part.code),), part)
        known.setdefault((_plain(part.name), _plain(part.model)), part)
    for used in session.exec(select(OrderPart).where(OrderPart.document_id == document_id)):
        name, model = _plain(used.part_name), _plain(used.part_model)
        found = known.get((name, model)) or (None if model else known.get((name,)))
        used.listed = found is not None
        if found is not None:
            used.part_name, used.part_model = found.name, found.model


def _plain(said: str | None) -> str:
    return "".join((said or "").upper().split())
