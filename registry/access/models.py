"""People who sign in, the roles they hold, and their sessions."""

from datetime import date, datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from registry.access.roles import Role
from registry.core.table import Table, check, enum_type


class Person(Table, table=True):
    """A person is (issuer, subject) of the sign-in service; no national id is kept.

    ``known_as`` is what a service vouches for or an administrator invited them as: the one name by which somebody is found to be given
    a role. ``email`` is where their mail goes: they write it themselves, nobody checks it, and nobody is found by it.
    """

    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    issuer: str = Field(max_length=200)
    subject: str = Field(max_length=200)
    display_name: str = Field(max_length=200)
    known_as: str | None = Field(default=None, max_length=254)
    email: str | None = Field(default=None, max_length=254)
    language: str = Field(default="nb", max_length=2)
    created_at: datetime
    deactivated_at: datetime | None = None


class Membership(Table, table=True):
    """A role a person holds, for an organisation or a county where the role is limited to one."""

    __table_args__ = (
        Index("ix_membership_person", "person_id"),
        check("role NOT IN ('anyone', 'system')", "grantable_role"),
        check("valid_to IS NULL OR valid_to >= valid_from", "valid_period"),
        check(
            "role NOT IN ('provider_staff', 'admissions_officer', 'owner') OR organisation_id IS NOT NULL",
            "organisation_given",
        ),
        check("role <> 'county_governor' OR county_code IS NOT NULL", "county_given"),
        check("region IS NULL OR role = 'coordinator'", "region_of_coordinator"),
    )

    person_id: int = Field(foreign_key="person.id")
    role: Role = Field(sa_type=enum_type(Role, "role"))
    organisation_id: int | None = Field(default=None, foreign_key="organisation.id")
    county_code: str | None = Field(default=None, foreign_key="county.code", max_length=2)
    region: str | None = Field(default=None, max_length=10)
    valid_from: date
    valid_to: date | None = None


class SignIn(Table, table=True):
    """A server-side session. Only the hash of its token is kept; it ends after 30 idle minutes or 8 hours."""

    __tablename__ = "sign_in"
    __table_args__ = (
        UniqueConstraint("token_hash"),
        Index("ix_sign_in_person", "person_id"),
        Index("ix_sign_in_applicant", "applicant_key"),
    )

    token_hash: str = Field(max_length=64)
    person_id: int = Field(foreign_key="person.id")
    applicant_key: str | None = Field(default=None, max_length=80)  #: the person's own pseudonym; emptied when it ends
    created_at: datetime
    last_seen_at: datetime
    ended_at: datetime | None = None
