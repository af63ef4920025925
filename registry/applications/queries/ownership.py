"""Everything that is kept of one applicant, for the applicant: what the law calls access."""

from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, select

from registry.applications.models import ApplicantContact
from registry.applications.queries.across import Looked, looks_at
from registry.applications.queries.history import Line, histories
from registry.applications.queries.lists import OwnApplication, own_applications


@dataclass(frozen=True, slots=True)
class Kept:
    """Applications with their stories, looks across, and the address for messages."""

    applications: tuple[tuple[OwnApplication, tuple[Line, ...]], ...]
    looks: tuple[Looked, ...]
    contact: ApplicantContact | None

    def to_json(self) -> dict[str, Any]:
        """Plain values under the words of the code; moments in ISO 8601."""
        return {
            "applications": [
                {
                    "offer": item.offer.title,
                    "institution": item.provider,
                    "term": item.run.term,
                    "run": item.run.key,
                    "priority": item.application.priority,
                    "applied_at": item.application.applied_at.isoformat(),
                    "endorsement": str(item.application.endorsement),
                    "decision": str(item.application.decision),
                    "answer": str(item.application.answer),
                    "answer_by": _day(item.application.answer_by),
                    "attendance": str(item.application.attendance),
                    "result_on": _day(item.application.result_on),
                    "credits": _number(item.application.result_credits),
                    "standing": str(item.application.standing),
                    "history": [
                        {
                            "at": line.at.isoformat(),
                            "event": line.event,
                            "to": line.to_state,
                            "reason": line.reason,
                            "text": line.text,
                        }
                        for line in lines
                    ],
                }
                for item, lines in self.applications
            ],
            "looks": [
                {
                    "at": one.look.looked_at.isoformat(),
                    "institution": one.institution,
                    "purpose": str(one.look.purpose),
                    "shown": one.look.shown,
                }
                for one in self.looks
            ],
            "contact": None
            if self.contact is None
            else {"email": self.contact.email, "language": self.contact.language, "daily": self.contact.daily},
        }


def everything_about(session: Session, applicant_key: str) -> Kept:
    """Nothing is left out."""
    items = own_applications(session, applicant_key)
    stories = histories(session, [item.application.pk for item in items])
    return Kept(
        tuple((item, tuple(stories.get(item.application.pk, ()))) for item in items),
        tuple(looks_at(session, applicant_key)),
        session.exec(select(ApplicantContact).where(ApplicantContact.applicant_key == applicant_key)).first(),
    )


def _day(value: Any) -> str | None:
    return None if value is None else str(value.isoformat())


def _number(value: Any) -> float | None:
    return None if value is None else float(value)
