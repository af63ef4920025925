"""Words that find each other, kept by those who know the subjects. The outbox worker tells a search server of them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlmodel import Session, col, select

from registry.access.permissions import Permission
from registry.access.policy import EVERYTHING, Actor
from registry.core import audit, clock, events
from registry.core.errors import InvalidInput, NeedsReason, Stale
from registry.core.text import fold, slug
from registry.reference.models import Synonym

LANGUAGES = ("nb", "nn", "se", "en")
LONGEST_TERM, MOST_TERMS, LONGEST_REASON = 80, 60, 500
_PUT_IN = "editor"  #: the kind of a term that an editor put in


@dataclass(frozen=True, slots=True)
class Wording:
    """What a group is to say. ``seen`` is the mark of what the person had before them, empty for a new group."""

    terms: Mapping[str, Sequence[str]]  #: language -> terms
    reason: str
    valid_to: date | None
    seen: str


def clean_terms(text: str) -> list[str]:
    """Terms from a text field: one a line, or with semicolons between; small letters, each once."""
    found = (fold(part).lower() for part in re.split(r"[\n;]", text))
    return list(dict.fromkeys(term for term in found if term))


def checked(terms: Mapping[str, Sequence[str]]) -> set[tuple[str, str]]:
    """(term, language) of everything. Raises InvalidInput for fewer than two terms, too many, or what is no term."""
    wanted = {(term, language) for language in LANGUAGES for term in terms.get(language, ())}
    if len({term for term, _ in wanted}) < 2:
        raise InvalidInput("Skriv minst to ord som skal finne hverandre.")
    if len(wanted) > MOST_TERMS:
        raise InvalidInput("En gruppe kan ha høyst %(most)s ord.", most=MOST_TERMS)
    for term, _ in wanted:
        if len(term) > LONGEST_TERM or not any(letter.isalpha() for letter in term):
            raise InvalidInput("«%(term)s» er ikke et ord eller er for langt.", term=term[:LONGEST_TERM])
    return wanted


def save_synonyms(session: Session, actor: Actor, group: str, wording: Wording) -> str:
    """Make a group say ``wording`` from today on; returns the group's name. An empty ``group`` makes a new one.

    Nothing is deleted: a term that is taken out gets its last day. Raises NotAllowed, InvalidInput, NeedsReason, and Stale
    where somebody has changed the group since.
    """
    actor.require(Permission.SYNONYM_EDIT, EVERYTHING)
    wanted = checked(wording.terms)
    today = clock.today()
    if not wording.reason.strip():
        raise NeedsReason("Skriv hvorfor ordene endres.")
    if wording.valid_to is not None and wording.valid_to < today:
        raise InvalidInput("Siste dag kan ikke være over.")
    name = group or _new_name(session, wording)
    rows = session.exec(
        select(Synonym).where(Synonym.group_name == name).order_by(col(Synonym.id)).with_for_update()
    ).all()
    if mark(rows, today) != wording.seen:
        raise Stale("Noen andre har endret ordene. Last siden på nytt.")
    before = {(row.term, row.language) for row in rows if row.holds(today)}
    known = {(row.term, row.language): row for row in rows}
    for pair in sorted(wanted):
        row = known.get(pair)
        if row is None:
            row = Synonym(group_name=name, term=pair[0], language=pair[1], kind=_PUT_IN, valid_from=today)
        elif pair not in before:
            row.valid_from = today
        row.valid_to = wording.valid_to
        session.add(row)
    for pair in before - wanted:
        known[pair].valid_to = today - timedelta(days=1)
    session.flush()
    events.publish(session, events.SYNONYMS_CHANGED, name)
    first = session.exec(select(Synonym.id).where(Synonym.group_name == name).order_by(col(Synonym.id))).first()
    audit.record(
        session,
        actor=actor.name,
        thing="synonym",
        thing_id=first or 0,
        event="change" if before else "create",
        reason_text=wording.reason.strip()[:LONGEST_REASON],
        details={
            "group": name,
            "added": sorted(term for term, _ in wanted - before),
            "removed": sorted(term for term, _ in before - wanted),
            "valid_to": wording.valid_to.isoformat() if wording.valid_to else None,
        },
    )
    return name


def mark(rows: Sequence[Synonym], day: date) -> str:
    """Changes with what a group says on a day; empty where it says nothing."""
    said = sorted((row.language, row.term, str(row.valid_to or "")) for row in rows if row.holds(day))
    return "|".join(":".join(one) for one in said)


def _new_name(session: Session, wording: Wording) -> str:
    """After the first term; numbered where that name is taken."""
    first = next(term for language in LANGUAGES for term in wording.terms.get(language, ()))
    taken = set(session.exec(select(Synonym.group_name).distinct()))
    base = slug(first, 50) or "ord"
    number = 1
    while (name := base if number == 1 else f"{base}-{number}") in taken:
        number += 1
    return name
