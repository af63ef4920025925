"""Values of offers and runs in the reader's words: codes by their names, lists and dates as people write them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session, col, select

from registry.core.text import slug
from registry.intake.forms import Choices, fixed_choices
from registry.intake.labels import FIELDS
from registry.reference.models import Level, Measure, Municipality, Organisation, Subject, TargetRole, TargetSetting
from registry.web.formatting import short_date, term_name
from registry.web.i18n import current_language, gettext

_DAYS = frozenset({"starts_on", "ends_on", "application_opens_on", "application_closes_on"})


@dataclass(frozen=True, slots=True)
class Wording:
    """The names behind the codes, in the reader's language: field -> code -> name."""

    names: Mapping[str, Mapping[str, str]]
    organisations: Mapping[int, str]

    def field(self, name: str) -> str:
        """What a field is called; the part after the last space, where a run's key stands before it."""
        short = name.rpartition(" ")[2]
        return gettext(FIELDS[short]) if short in FIELDS else name

    def value(self, name: str, value: Any) -> str:
        """A value of that field."""
        field = name.rpartition(" ")[2]
        if value is None or value in ([], {}, ""):
            return gettext("Ikke oppgitt")
        if field == "targets":
            where, who = self.names["settings"], self.names["roles"]
            pairs = (", ".join(filter(None, (where.get(s or ""), who.get(r or "")))) for s, r in value)
            return "; ".join(pairs)
        if field == "partners":
            return ", ".join(self.organisations.get(pk, str(pk)) for pk in value)
        if isinstance(value, bool):
            return gettext("Ja") if value else gettext("Nei")
        if isinstance(value, dict):
            return "; ".join(f"{language}: {text}" for language, text in value.items())
        if field == "term":
            return term_name(str(value))
        if field in _DAYS:
            return short_date(date.fromisoformat(str(value)))
        known = self.names.get(field, {})
        if isinstance(value, list):
            return ", ".join(gettext(known.get(str(item), str(item))) for item in value)
        found = known.get(str(value))
        return gettext(found) if found else str(value)


def wording(session: Session, partners: Iterable[int] = ()) -> Wording:
    """The registry's own lists. ``partners`` are ids of organisations to know by name."""
    names = {name: dict(pairs) for name, pairs in choices(session).items()}
    names["municipalities"] = dict(session.exec(select(Municipality.code, Municipality.name_nb)).all())
    names["subjects"] = names["subject_code"]
    wanted = set(partners)
    query = select(Organisation.id, Organisation.name_nb).where(col(Organisation.id).in_(wanted))
    return Wording(names, {pk: name for pk, name in session.exec(query) if pk is not None} if wanted else {})


def choices(session: Session) -> dict[str, Choices]:
    """Lists of the registry to choose from, in the reader's language."""

    def named(model: Any) -> list[tuple[str, str]]:
        return [(row.code, _name(row)) for row in session.exec(select(model))]

    subjects = sorted(named(Subject), key=lambda pair: slug(pair[1]))
    return {
        **fixed_choices(),
        "subject_code": subjects,
        "level_code": named(Level),
        "measure_code": named(Measure),
        "settings": named(TargetSetting),
        "roles": named(TargetRole),
    }


def _name(row: Any) -> str:
    name = getattr(row, f"name_{current_language()}", None) or row.name_nb
    return str(name)
