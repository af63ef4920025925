"""Under which pseudonym keys applications are kept."""

from collections.abc import Collection

from sqlalchemy import func
from sqlmodel import Session, col, select

from registry.applications.models import Application


def uses_of_keys(session: Session, key_ids: Collection[str]) -> dict[str, int]:
    """Applications by id of the key that their pseudonym was made with."""
    counted = select(func.count()).select_from(Application)
    return {
        key_id: session.exec(
            counted.where(col(Application.applicant_key).startswith(f"{key_id}:", autoescape=True))
        ).one()
        for key_id in key_ids
    }
