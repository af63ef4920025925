"""Terms that have runs, newest first."""

from sqlmodel import Session, select

from registry.core.terms import sort_key
from registry.offers.models import Run


def known_terms(session: Session) -> list[str]:
    """For choosing a term on a page."""
    return sorted(session.exec(select(Run.term).distinct()).all(), key=sort_key, reverse=True)
