"""Facts that every room stands on. Filled by ``registry init`` from the CSV files beside this module."""

from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from registry.core.table import Table, check, enum_type, json_type


class Region(StrEnum):
    """EVU regions of the UH network."""

    EAST = "east"
    WEST = "west"
    NORTH = "north"


class OrganisationKind(StrEnum):
    """Providers teach; owners employ; the rest oversee."""

    UNIVERSITY = "university"
    UNIVERSITY_COLLEGE = "university_college"
    VOCATIONAL_COLLEGE = "vocational_college"
    MUNICIPALITY = "municipality"
    COUNTY_AUTHORITY = "county_authority"
    PRIVATE_OWNER = "private_owner"
    STATE_SCHOOL = "state_school"
    AUTHORITY = "authority"


PROVIDER_KINDS = frozenset(
    {OrganisationKind.UNIVERSITY, OrganisationKind.UNIVERSITY_COLLEGE, OrganisationKind.VOCATIONAL_COLLEGE}
)
OWNER_KINDS = frozenset(
    {
        OrganisationKind.MUNICIPALITY,
        OrganisationKind.COUNTY_AUTHORITY,
        OrganisationKind.PRIVATE_OWNER,
        OrganisationKind.STATE_SCHOOL,
    }
)


class County(SQLModel, table=True):
    """A county by its 2024 code."""

    code: str = Field(primary_key=True, max_length=2)
    name_nb: str
    name_nn: str
    name_se: str | None = None
    region: Region = Field(sa_type=enum_type(Region, "region"))
    latitude: float
    longitude: float


class Municipality(SQLModel, table=True):
    """A municipality by its 2024 code; the position is the area's centroid in degrees."""

    code: str = Field(primary_key=True, max_length=4)
    name_nb: str
    name_nn: str
    name_se: str | None = None
    county_code: str = Field(foreign_key="county.code", index=True, max_length=2)
    latitude: float
    longitude: float
    maalform: str | None = Field(default=None, max_length=10)


class Organisation(Table, table=True):
    """A provider, an owner or an authority. Codes and numbers are empty rather than guessed."""

    __table_args__ = (
        UniqueConstraint("dbh_code"),
        UniqueConstraint("orgnr"),
        UniqueConstraint("key"),
        check("orgnr IS NULL OR length(orgnr) = 9", "orgnr_length"),
        check("dbh_code IS NULL OR length(dbh_code) = 4", "dbh_code_length"),
    )

    key: str = Field(max_length=60)  #: stable and readable: DBH code, municipality number or slug of the name
    kind: OrganisationKind = Field(sa_type=enum_type(OrganisationKind, "kind"))
    name_nb: str
    name_nn: str
    name_se: str | None = None
    name_en: str | None = None
    short_name: str | None = Field(default=None, max_length=40)
    dbh_code: str | None = Field(default=None, max_length=4)
    orgnr: str | None = Field(default=None, max_length=9)
    county_code: str | None = Field(default=None, foreign_key="county.code", index=True, max_length=2)
    municipality_code: str | None = Field(default=None, foreign_key="municipality.code", max_length=4)
    campuses: list[str] = Field(default_factory=list, sa_type=json_type())
    url: str | None = None

    @property
    def is_provider(self) -> bool:
        return self.kind in PROVIDER_KINDS

    @property
    def is_owner(self) -> bool:
        return self.kind in OWNER_KINDS


class OrganisationCode(SQLModel, table=True):
    """A code that once meant another institution and now means this one (0264 became 1177)."""

    __tablename__ = "organisation_code"

    code: str = Field(primary_key=True, max_length=9)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    valid_to: date | None = None


class Subject(SQLModel, table=True):
    """A node of the subject tree: field, area or subject."""

    __table_args__ = (Index("ix_subject_parent", "parent_code"),)

    code: str = Field(primary_key=True, max_length=60)
    parent_code: str | None = Field(default=None, foreign_key="subject.code", max_length=60)
    depth: int  #: 0 field, 1 area, 2 subject
    name_nb: str
    name_nn: str
    name_se: str | None = None
    name_en: str | None = None
    nus_codes: list[str] = Field(default_factory=list, sa_type=json_type())
    isced_f: str | None = Field(default=None, max_length=4)


class SubjectWord(Table, table=True):
    """A word or phrase by which a subject is known."""

    __tablename__ = "subject_word"
    __table_args__ = (UniqueConstraint("subject_code", "word", "language"),)

    subject_code: str = Field(foreign_key="subject.code", max_length=60)
    word: str
    kind: str = Field(max_length=20)
    language: str = Field(default="nb", max_length=3)


class TargetSetting(SQLModel, table=True):
    """First axis of the target group: where people work."""

    __tablename__ = "target_setting"

    code: str = Field(primary_key=True, max_length=40)
    name_nb: str
    name_nn: str
    name_se: str | None = None
    name_en: str | None = None
    words: list[str] = Field(default_factory=list, sa_type=json_type())


class TargetRole(SQLModel, table=True):
    """Second axis of the target group: what people are."""

    __tablename__ = "target_role"

    code: str = Field(primary_key=True, max_length=40)
    name_nb: str
    name_nn: str
    name_se: str | None = None
    name_en: str | None = None
    words: list[str] = Field(default_factory=list, sa_type=json_type())


class Measure(SQLModel, table=True):
    """A kind of measure: further education, leadership, guidance of newly qualified …"""

    code: str = Field(primary_key=True, max_length=40)
    name_nb: str
    name_nn: str
    name_en: str | None = None


class Level(SQLModel, table=True):
    """A DBH level code."""

    code: str = Field(primary_key=True, max_length=4)
    name_nb: str
    name_nn: str
    name_en: str = Field(default="", sa_column_kwargs={"server_default": ""})
    nqf: str | None = Field(default=None, max_length=4)


class Reason(Table, table=True):
    """A reason code of one life: why a run was cancelled, an application rejected or withdrawn."""

    __table_args__ = (UniqueConstraint("life", "code"),)

    life: str = Field(max_length=40)
    code: str = Field(max_length=40)
    name_nb: str
    name_nn: str
    name_en: str | None = None
    needs_text: bool = False


class Synonym(Table, table=True):
    """One term of a synonym group; terms of a group find each other in search.

    A term that is taken out keeps its row with its last day, so that it does not come back with the next upgrade.
    """

    __table_args__ = (UniqueConstraint("group_name", "term", "language"),)

    group_name: str = Field(max_length=60)
    term: str
    language: str = Field(default="nb", max_length=3)
    kind: str = Field(max_length=20)
    valid_from: date | None = None  #: first day; None: from the beginning
    valid_to: date | None = None  #: last day; None: until further notice

    def holds(self, day: date) -> bool:
        """Is it searched by on a day?"""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


class RegisterRow(Table):
    """What every row has that a register delivered: where it came from, as it came, and when it was there."""

    source: str = Field(max_length=40)  #: the format: "nsr", "brreg", "klass" …
    key: str = Field(max_length=240)
    content_hash: str = Field(max_length=64)
    raw: dict[str, Any] = Field(sa_type=json_type())
    first_seen_id: int = Field(foreign_key="import_run.id")
    last_seen_id: int = Field(foreign_key="import_run.id")  #: the newest delivery that told of it
    seen_on: date  #: the day that delivery spoke of


class RegisterUnit(RegisterRow, table=True):
    """A unit as one register knows it: owner, school, kindergarten. What is deleted stays, with its last day."""

    __tablename__ = "register_unit"
    __table_args__ = (
        UniqueConstraint("source", "key"),
        Index("ix_register_unit_orgnr", "orgnr"),
        Index("ix_register_unit_owner", "owner_orgnr"),
        check("length(orgnr) = 9", "orgnr_length"),
    )

    orgnr: str = Field(max_length=9)
    name: str | None = None
    form: str | None = Field(default=None, max_length=10)
    kinds: list[str] = Field(default_factory=list, sa_type=json_type())  #: kindergarten, school, owner
    ownership: str | None = Field(default=None, max_length=10)  #: public, private
    owner_orgnr: str | None = Field(default=None, max_length=9)
    owner_name: str | None = None
    parent_orgnr: str | None = Field(default=None, max_length=9)
    municipality_code: str | None = Field(
        default=None, max_length=4
    )  #: as the register says, also one that is out of use
    county_code: str | None = Field(default=None, max_length=2)
    sector_codes: list[str] = Field(default_factory=list, sa_type=json_type())
    is_active: bool = True
    valid_from: date | None = None
    valid_to: date | None = None


class RegisterCode(RegisterRow, table=True):
    """A code of a classification with the days it holds: municipalities, counties, NUS2000."""

    __tablename__ = "register_code"
    __table_args__ = (UniqueConstraint("source", "key"), Index("ix_register_code_code", "scheme", "code"))

    scheme: str = Field(max_length=40)
    code: str = Field(max_length=20)
    name: str
    parent: str | None = Field(default=None, max_length=20)
    level: int | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    is_retired: bool = False
    replaced_by: str | None = Field(default=None, max_length=20)


class RegisterCodeLink(RegisterRow, table=True):
    """What became of a code (``changed_on`` is given), or which code of another scheme it answers to."""

    __tablename__ = "register_code_link"
    __table_args__ = (UniqueConstraint("source", "key"), Index("ix_register_code_link_code", "scheme", "code"))

    scheme: str = Field(max_length=40)
    code: str = Field(max_length=20)
    name: str | None = None
    other_scheme: str = Field(max_length=40)
    other_code: str = Field(max_length=20)
    other_name: str | None = None
    changed_on: date | None = None


class RegisterCount(RegisterRow, table=True):
    """Numbers of people in one group at one provider in one term, as DBH's tables tell them. Nobody is told of alone."""

    __tablename__ = "register_count"
    __table_args__ = (
        UniqueConstraint("source", "key"),
        Index("ix_register_count_organisation", "organisation_id", "term"),
    )

    organisation_id: int = Field(foreign_key="organisation.id")
    term: str = Field(max_length=5)  #: "2025H", or "2025" where the table has years only
    number_of_table: str | None = Field(default=None, max_length=10)
    offer_key: str | None = Field(default=None, max_length=120)
    grouping: dict[str, Any] = Field(default_factory=dict, sa_type=json_type())
    counts: dict[str, Any] = Field(default_factory=dict, sa_type=json_type())  #: measure -> number


ReferenceRow = dict[str, Any]
