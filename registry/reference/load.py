"""The facts of ``registry/reference/*.csv`` into their tables.

Loading is idempotent: a fact that changed in the files is changed in the table, nothing is deleted,
so that offers keep the subject or place they point at.
"""

import csv
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

from sqlmodel import Session, SQLModel, select

from registry.core.text import slug
from registry.reference import models as m

FOLDER = Path(__file__).parent


def rows(name: str) -> Iterator[dict[str, str]]:
    """The rows of one file; empty cells are empty strings."""
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as handle:
        yield from csv.DictReader(handle)


def _listed(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(";") if part.strip()]


def _merge(session: Session, items: list[SQLModel]) -> int:
    for item in items:
        session.merge(item)
    session.flush()
    return len(items)


def _counties(session: Session) -> int:
    return _merge(
        session,
        [
            m.County(
                code=row["code"],
                name_nb=row["name_nb"],
                name_nn=row["name_nn"],
                name_se=row["name_se"] or None,
                region=m.Region(row["evu_region"]),
                latitude=float(row["latitude"]),
                longitude=float(row["longitude"]),
            )
            for row in rows("counties")
        ],
    )


def _municipalities(session: Session) -> int:
    return _merge(
        session,
        [
            m.Municipality(
                code=row["code"],
                name_nb=_told_apart(row["name_nb"], row["label"]),
                name_nn=_told_apart(row["name_nn"], row["label"]),
                name_se=row["name_se"] or None,
                county_code=row["county_code"],
                latitude=float(row["latitude"]),
                longitude=float(row["longitude"]),
                maalform=row["maalform"] or None,
            )
            for row in rows("municipalities")
        ],
    )


def _told_apart(name: str, label: str) -> str:
    """Two municipalities are called Herøy and two Våler: their names say which."""
    return label if label.startswith(f"{name} (") else name


def _organisation(session: Session, key: str, **values: Any) -> m.Organisation:
    found = session.exec(select(m.Organisation).where(m.Organisation.key == key)).first()
    organisation = found or m.Organisation(key=key, kind=values["kind"], name_nb="", name_nn="")
    for name, value in values.items():
        setattr(organisation, name, value)
    session.add(organisation)
    return organisation


def _institutions(session: Session) -> int:
    county = dict(session.exec(select(m.Municipality.code, m.Municipality.county_code)).all())
    count = 0
    for count, row in enumerate(rows("institutions"), start=1):  # noqa: B007 - count is the answer
        _organisation(
            session,
            row["dbh_code"] or slug(row["name_nb"], 60),
            kind=m.OrganisationKind(row["kind"]),
            name_nb=row["name_nb"],
            name_nn=row["name_nn"] or row["name_nb"],
            name_se=row["name_se"] or None,
            name_en=row["name_en"] or None,
            short_name=row["short_name"] or None,
            dbh_code=row["dbh_code"] or None,
            orgnr=row["orgnr"] or None,
            municipality_code=row["municipality_code"] or None,
            county_code=county.get(row["municipality_code"]),
            campuses=_listed(row["campuses"]),
            url=row["url"] or None,
        )
    session.flush()
    return count


def _owners(session: Session) -> int:
    """Every municipality owns schools and kindergartens, every county authority upper secondary schools."""
    orgnr = {row["code"]: row["orgnr"] or None for row in rows("municipalities")}
    for place in session.exec(select(m.Municipality)).all():
        _organisation(
            session,
            f"kommune-{place.code}",
            kind=m.OrganisationKind.MUNICIPALITY,
            name_nb=_as_owner(place.name_nb),
            name_nn=_as_owner(place.name_nn),
            orgnr=orgnr.get(place.code),
            municipality_code=place.code,
            county_code=place.county_code,
        )
    authority = {row["code"]: row["authority_orgnr"] or None for row in rows("counties")}
    counties = session.exec(select(m.County)).all()
    for county in counties:
        if county.code != "03":  # Oslo is both: the municipality does the county's work
            _organisation(
                session,
                f"fylke-{county.code}",
                kind=m.OrganisationKind.COUNTY_AUTHORITY,
                name_nb=f"{county.name_nb} fylkeskommune",
                name_nn=f"{county.name_nn} fylkeskommune",
                orgnr=authority.get(county.code),
                county_code=county.code,
            )
    session.flush()
    return len(orgnr) + len(counties) - 1


def _as_owner(name: str) -> str:
    """ "Herøy (Nordland)" -> "Herøy kommune (Nordland)"."""
    first, bracket, rest = name.partition(" (")
    return f"{first} kommune{bracket}{rest}"


def _codes(session: Session) -> int:
    ids = dict(session.exec(select(m.Organisation.dbh_code, m.Organisation.id)).all())
    return _merge(
        session,
        [
            m.OrganisationCode(
                code=row["old_code"],
                organisation_id=ids[row["dbh_code"]] or 0,
                valid_to=date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
            )
            for row in rows("institution_codes")
        ],
    )


def _subjects(session: Session) -> int:
    listed = list(rows("subjects"))
    parents = {row["code"]: row["parent"] or None for row in listed}

    def depth(code: str | None) -> int:
        return -1 if code is None else 1 + depth(parents[code])

    ordered = sorted(listed, key=lambda row: depth(row["code"]))
    return _merge(
        session,
        [
            m.Subject(
                code=row["code"],
                parent_code=row["parent"] or None,
                depth=depth(row["code"]),
                name_nb=row["name_nb"],
                name_nn=row["name_nn"],
                name_se=row["name_se"] or None,
                name_en=row["name_en"] or None,
                nus_codes=_listed(row["nus_codes"]),
                isced_f=row["isced_f"] or None,
            )
            for row in ordered
        ],
    )


def _coded(model: type[SQLModel], file: str) -> Callable[[Session], int]:
    """A loader for a simple code list whose columns are the model's fields."""

    def load(session: Session) -> int:
        items: list[SQLModel] = []
        for row in rows(file):
            values: dict[str, Any] = {name: row.get(name) or None for name in model.model_fields if name != "words"}
            if "words" in model.model_fields:
                values["words"] = _listed(row.get("words", ""))
            items.append(model(**values))
        return _merge(session, items)

    return load


def _reasons(session: Session) -> int:
    known = {(r.life, r.code): r for r in session.exec(select(m.Reason)).all()}
    count = 0
    for count, row in enumerate(rows("reasons"), start=1):  # noqa: B007 - count is the answer
        reason = known.get((row["life"], row["code"])) or m.Reason(
            life=row["life"], code=row["code"], name_nb="", name_nn=""
        )
        reason.name_nb, reason.name_nn = row["name_nb"], row["name_nn"]
        reason.name_en = row["name_en"] or None
        reason.needs_text = row["needs_text"].lower() in ("1", "true", "yes")
        session.add(reason)
    session.flush()
    return count


def _subject_words(session: Session) -> int:
    known = set(session.exec(select(m.SubjectWord.subject_code, m.SubjectWord.word, m.SubjectWord.language)).all())
    for row in rows("subject_words"):
        for word in _listed(row["words"]):
            key = (row["code"], word, row["language"])
            if key not in known:
                known.add(key)
                session.add(m.SubjectWord(subject_code=key[0], word=word, language=key[2], kind=row["kind"]))
    session.flush()
    return len(known)


def _synonyms(session: Session) -> int:
    """Terms that are new in the file; those that are known belong to their editors, also when they were taken out."""
    known = set(session.exec(select(m.Synonym.group_name, m.Synonym.term, m.Synonym.language)).all())
    for row in rows("synonyms"):
        if (row["group"], row["term"], row["language"]) not in known:
            session.add(
                m.Synonym(group_name=row["group"], term=row["term"], language=row["language"], kind=row["kind"])
            )
    session.flush()
    return len(session.exec(select(m.Synonym.id)).all())


LOADERS: dict[str, Callable[[Session], int]] = {
    "counties": _counties,
    "municipalities": _municipalities,
    "institutions": _institutions,
    "owners": _owners,
    "institution_codes": _codes,
    "subjects": _subjects,
    "subject_words": _subject_words,
    "levels": _coded(m.Level, "dbh_levels"),
    "target_settings": _coded(m.TargetSetting, "target_settings"),
    "target_roles": _coded(m.TargetRole, "target_roles"),
    "measures": _coded(m.Measure, "measures"),
    "reasons": _reasons,
    "synonyms": _synonyms,
}
