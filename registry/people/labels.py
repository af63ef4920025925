"""Words for roles, how an access is, and what the log says of people. Msgids; the views translate them."""

from collections.abc import Mapping

from registry.access.roles import Role
from registry.people.queries import State, Whom
from registry.reference.models import Region
from registry.web.i18n import N_

ROLES: Mapping[str, str] = {
    Role.SEARCHER: N_("Søker"),
    Role.PROVIDER_STAFF: N_("Studieadministrasjon"),
    Role.ADMISSIONS_OFFICER: N_("Opptakskontor"),
    Role.COORDINATOR: N_("UH-koordinator"),
    Role.OWNER: N_("Barnehage- og skoleeier"),
    Role.COUNTY_GOVERNOR: N_("Statsforvalter"),
    Role.DIRECTORATE: N_("Direktorat"),
    Role.OPERATOR: N_("Drift"),
    Role.ADMINISTRATOR: N_("Administrator"),
}

REGIONS: Mapping[str, str] = {
    "": N_("Hele landet"),
    Region.EAST: N_("Region øst"),
    Region.WEST: N_("Region vest"),
    Region.NORTH: N_("Region nord"),
}

STATES: Mapping[str, str] = {
    State.INVITED: N_("Invitert, har ikke logget inn"),
    State.OPEN: N_("Åpen tilgang"),
    State.CLOSED: N_("Stengt tilgang"),
    State.ERASED: N_("Slettet"),
}

WHOM: Mapping[str, str] = {
    Whom.WITH_ROLE: N_("De som har en rolle nå"),
    Whom.INVITED: N_("De som ikke har logget inn ennå"),
    Whom.CLOSED: N_("De som har stengt tilgang"),
    Whom.ALL: N_("Alle, søkere også"),
}

EVENTS: Mapping[str, str] = {
    "address_changed": N_("Skrev en annen e-postadresse"),
    "arrived": N_("Logget inn for første gang"),
    "deactivated": N_("Tilgangen ble stengt"),
    "erased": N_("Personopplysningene ble slettet"),
    "granted": N_("Fikk en rolle"),
    "invitation_taken_up": N_("Tok i bruk invitasjonen"),
    "invited": N_("Ble invitert"),
    "reactivated": N_("Tilgangen ble åpnet igjen"),
    "region_given": N_("Fikk en annen region"),
    "revoked": N_("Mistet en rolle"),
    "session_expired": N_("Økten gikk ut"),
    "signed_in": N_("Logget inn"),
    "signed_out": N_("Logget ut"),
    "told_anew": N_("Innloggingstjenesten meldte nytt navn eller ny adresse"),
}
