"""Roles and what they hold: one table, read by ``policy`` and by nobody else.

``Reach`` says how far a permission goes: everything, the role's own organisation, its own area, or oneself.
"""

from collections.abc import Mapping
from enum import StrEnum

from registry.access.permissions import Permission as P


class Role(StrEnum):
    """What a person may be in the registry, usually on behalf of an organisation."""

    ANYONE = "anyone"
    SEARCHER = "searcher"
    PROVIDER_STAFF = "provider_staff"
    ADMISSIONS_OFFICER = "admissions_officer"
    COORDINATOR = "coordinator"
    OWNER = "owner"
    COUNTY_GOVERNOR = "county_governor"
    DIRECTORATE = "directorate"
    OPERATOR = "operator"
    ADMINISTRATOR = "administrator"
    SYSTEM = "system"


class Reach(StrEnum):
    """How far a permission reaches."""

    ALL = "all"
    ORGANISATION = "organisation"
    AREA = "area"
    SELF = "self"


GRANTS: Mapping[Role, Mapping[P, Reach]] = {
    Role.ANYONE: {},  # what is open to everyone asks for no permission
    Role.SEARCHER: {
        P.SEARCH_SAVE: Reach.SELF,
        P.APPLICATION_CREATE: Reach.SELF,
        P.APPLICATION_ANSWER: Reach.SELF,
    },
    Role.PROVIDER_STAFF: {
        P.OFFER_EDIT: Reach.ORGANISATION,
        P.OFFER_PUBLISH: Reach.ORGANISATION,
        P.OFFER_DISCONTINUE: Reach.ORGANISATION,
        P.OFFER_CORRECT: Reach.ORGANISATION,
        P.RUN_EDIT: Reach.ORGANISATION,
        P.RUN_CANCEL: Reach.ORGANISATION,
        P.RUN_COMPLETE: Reach.ORGANISATION,
        P.APPLICATION_ATTEND: Reach.ORGANISATION,
        P.APPLICATION_REPORT: Reach.ORGANISATION,
        P.SHEET_DELIVER: Reach.ORGANISATION,
        P.API_KEY_ISSUE: Reach.ORGANISATION,
        P.COUNTS_REPORT: Reach.ORGANISATION,
        P.FIGURES_EXACT: Reach.ORGANISATION,
        P.IMPORT_READ: Reach.ORGANISATION,
        P.IMPORT_RUN: Reach.ORGANISATION,
        P.CASE_READ: Reach.ORGANISATION,
        P.CASE_ANSWER: Reach.ORGANISATION,
        P.OFFER_MERGE: Reach.ORGANISATION,
        P.RISK_READ: Reach.ORGANISATION,
    },
    Role.ADMISSIONS_OFFICER: {
        P.APPLICATION_DECIDE: Reach.ORGANISATION,
        P.APPLICATION_ATTEND: Reach.ORGANISATION,
        P.APPLICATION_CORRECT: Reach.ORGANISATION,
        P.APPLICATION_REPORT: Reach.ORGANISATION,
        P.SHEET_DELIVER: Reach.ORGANISATION,
        P.APPLICATION_ACROSS: Reach.ORGANISATION,
        P.FIGURES_EXACT: Reach.ORGANISATION,
        P.RISK_READ: Reach.ORGANISATION,
    },
    Role.COORDINATOR: {
        P.CASE_READ: Reach.ALL,
        P.CASE_DECIDE: Reach.ALL,
        P.OFFER_MERGE: Reach.ALL,
        P.NATIONAL_DECIDE: Reach.ALL,
        P.SYNONYM_EDIT: Reach.ALL,
        P.RISK_READ: Reach.ALL,
        P.FIGURES_EXACT: Reach.ALL,
        P.IMPORT_READ: Reach.ALL,
    },
    Role.OWNER: {
        P.APPLICATION_ENDORSE: Reach.ORGANISATION,
        P.PLAN_EDIT: Reach.ORGANISATION,
        P.SHEET_DELIVER: Reach.ORGANISATION,
    },
    Role.COUNTY_GOVERNOR: {P.FIGURES_EXACT: Reach.AREA},
    Role.DIRECTORATE: {
        P.RULE_EDIT: Reach.ALL,
        P.CASE_READ: Reach.ALL,
        P.RISK_READ: Reach.ALL,
        P.FIGURES_EXACT: Reach.ALL,
    },
    Role.OPERATOR: {
        P.JOB_RUN: Reach.ALL,
        P.HEALTH_READ: Reach.ALL,
        P.IMPORT_READ: Reach.ALL,
        P.IMPORT_RUN: Reach.ALL,
        P.IMPORT_APPROVE: Reach.ALL,
        P.SOURCE_EDIT: Reach.ALL,
        P.OFFER_CORRECT: Reach.ALL,
    },
    Role.ADMINISTRATOR: {
        P.PEOPLE_GRANT: Reach.ALL,
        P.AUDIT_READ: Reach.ALL,
        P.SYNONYM_EDIT: Reach.ALL,
        P.API_KEY_ISSUE: Reach.ALL,
    },
    Role.SYSTEM: dict.fromkeys(P, Reach.ALL),
}
