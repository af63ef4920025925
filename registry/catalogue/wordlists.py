"""The synonyms as their editors see them: every group, one group with its history, and what a change would do."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from sqlmodel import Session, col, select

from registry.access.models import Person
from registry.catalogue.documents import index_settings, synonym_groups
from registry.catalogue.operations.synonyms import LANGUAGES, mark
from registry.core.audit import AuditEntry
from registry.core.errors import NotFound
from registry.core.text import norwegian_sort_key
from registry.reference.models import Synonym
from search.protocol import SearchEngine, SearchQuery

SHOWN = 10  #: hits of a trial
_PERSON = "person:"


@dataclass(frozen=True, slots=True)
class Group:
    """One set of words that find each other, as it is on a day."""

    name: str
    terms: Mapping[str, Sequence[str]]  #: language -> terms
    valid_to: date | None
    seen: str
    changes: Sequence[AuditEntry] = ()
    people: Mapping[str, str] = field(default_factory=dict)  #: who changed it, as the log says it -> name


@dataclass(frozen=True, slots=True)
class Trial:
    """What a query finds now and with other words: numbers, and the first hits as (title, is it there in the other list?)."""

    query: str
    before: int
    after: int
    now: Sequence[tuple[str, bool]]
    then: Sequence[tuple[str, bool]]


def groups(session: Session, day: date, looking_for: str = "") -> list[tuple[str, list[str]]]:
    """(name, terms) of every group that holds and has a term like ``looking_for``, by first term."""
    wanted = norwegian_sort_key(looking_for)
    found: dict[str, list[Synonym]] = {}
    for row in session.exec(select(Synonym).order_by(col(Synonym.id))):
        if row.holds(day):
            found.setdefault(row.group_name, []).append(row)
    listed = [
        (name, [row.term for row in sorted(held, key=lambda row: LANGUAGES.index(row.language))])
        for name, held in found.items()
        if any(wanted in norwegian_sort_key(row.term) for row in held)
    ]
    return sorted(listed, key=lambda pair: norwegian_sort_key(pair[1][0]))


def group(session: Session, name: str, day: date) -> Group:
    """One group with its changes, newest first. Raises NotFound."""
    rows = session.exec(select(Synonym).where(Synonym.group_name == name).order_by(col(Synonym.id))).all()
    if not rows:
        raise NotFound("Ordene finnes ikke.")
    holding = [row for row in rows if row.holds(day)]
    changes = session.exec(
        select(AuditEntry)
        .where(AuditEntry.thing == "synonym", AuditEntry.thing_id == rows[0].pk)
        .order_by(col(AuditEntry.id).desc())
    ).all()
    return Group(
        name=name,
        terms={code: [row.term for row in holding if row.language == code] for code in LANGUAGES},
        valid_to=max((row.valid_to for row in holding if row.valid_to), default=None),
        seen=mark(rows, day),
        changes=changes,
        people=_people(session, {change.actor for change in changes}),
    )


def _people(session: Session, actors: Iterable[str]) -> dict[str, str]:
    numbers = {int(actor.removeprefix(_PERSON)) for actor in actors if actor.startswith(_PERSON)}
    named = session.exec(select(Person.id, Person.display_name).where(col(Person.id).in_(numbers)))
    return {f"{_PERSON}{number}": name for number, name in named}


def trial(engine: SearchEngine, session: Session, name: str, terms: Iterable[str], text: str, day: date) -> Trial:
    """What ``text`` finds with the words as they are and as they would be. Raises SearchUnavailable."""
    settings = index_settings(session, day)
    others = [tuple(dict.fromkeys(held)) for key, held in synonym_groups(session, day).items() if key != name]
    changed = [one for one in (*others, tuple(dict.fromkeys(terms))) if len(one) > 1]
    asked = SearchQuery(text=text, per_page=SHOWN)
    now = engine.preview(asked, settings)
    then = engine.preview(asked, replace(settings, synonyms=tuple(changed)))
    before, after = ({hit.group for hit in page.hits} for page in (now, then))
    return Trial(
        query=text,
        before=now.total,
        after=then.total,
        now=[(str(hit.stored["title"]), hit.group in after) for hit in now.hits],
        then=[(str(hit.stored["title"]), hit.group in before) for hit in then.hits],
    )
