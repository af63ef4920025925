"""What fields, outcomes and events are called on the pages: msgids in bokmål."""

from collections.abc import Mapping

from registry.intake.source_checks import MOST_REDIRECTS
from registry.intake.states import FetchOutcome, ImportOutcome, QuarantineState, RecordEvent, SourceAuth, Walk
from registry.offers.models import Origin
from registry.web.i18n import N_, gettext

FIELDS: Mapping[str, str] = {
    "title": N_("Navn"),
    "title_language": N_("Språk i navnet"),
    "other_titles": N_("Navn på andre språk"),
    "description": N_("Beskrivelse"),
    "learning_outcomes": N_("Læringsutbytte"),
    "department": N_("Avdeling"),
    "level_code": N_("Nivå"),
    "credits": N_("Poeng"),
    "credit_scheme": N_("Poengordning"),
    "subject_code": N_("Fag"),
    "subjects": N_("Flere fag"),
    "nus_code": N_("NUS-kode"),
    "school_years": N_("Skoletrinn"),
    "step": N_("Trinn i rekken"),
    "measure_code": N_("Tiltak"),
    "languages": N_("Undervisningsspråk"),
    "schemes": N_("Ordninger"),
    "tags": N_("Stikkord"),
    "targets": N_("Målgrupper"),
    "partners": N_("Samarbeidspartnere"),
    "url": N_("Nettside"),
    "is_container": N_("Samlekode"),
    "term": N_("Semester"),
    "native_key": N_("Gjennomføringskode"),
    "term_assumed": N_("Semesteret er antatt"),
    "starts_on": N_("Starter"),
    "ends_on": N_("Slutter"),
    "application_opens_on": N_("Søknad åpner"),
    "application_closes_on": N_("Søknadsfrist"),
    "places": N_("Plasser"),
    "minimum": N_("Minste antall"),
    "delivery": N_("Undervisningsform"),
    "municipalities": N_("Kommuner"),
    "apply_url": N_("Søknadslenke"),
    "cancelled": N_("Avlyst"),
    "cancel_reason": N_("Årsak til avlysning"),
    "cancel_text": N_("Forklaring av avlysning"),
}
OUTCOMES: Mapping[ImportOutcome, tuple[str, str]] = {
    ImportOutcome.RUNNING: (N_("Pågår"), "info"),
    ImportOutcome.DONE: (N_("Tatt inn"), "success"),
    ImportOutcome.HELD: (N_("Holdt tilbake"), "warning"),
    ImportOutcome.REFUSED: (N_("Avvist"), "danger"),
}
FETCHES: Mapping[FetchOutcome, tuple[str, str]] = {
    FetchOutcome.RUNNING: (N_("Pågår"), "info"),
    FetchOutcome.TAKEN: (N_("Tatt inn"), "success"),
    FetchOutcome.UNCHANGED: (N_("Uendret"), "success"),
    FetchOutcome.HELD: (N_("Holdt tilbake"), "warning"),
    FetchOutcome.REFUSED: (N_("Avvist"), "danger"),
    FetchOutcome.FAILED: (N_("Ikke hentet"), "danger"),
}
REDIRECTS = (
    ("0", N_("Følges ikke")),
    ("1", N_("Én følges")),
    *((str(n), str(n)) for n in range(2, MOST_REDIRECTS + 1)),
)
AUTHS: Mapping[SourceAuth, str] = {
    SourceAuth.NONE: N_("Ingen nøkkel"),
    SourceAuth.BEARER: N_("Bearer-nøkkel"),
    SourceAuth.BASIC: N_("Brukernavn og passord"),
    SourceAuth.API_KEY: N_("API-nøkkel"),
}
WALKS: Mapping[Walk, str] = {
    Walk.SINGLE: N_("Alt i ett svar"),
    Walk.OOAPI: N_("OOAPI, side for side"),
    Walk.EMIL: N_("EMIL, side for side"),
    Walk.HAL: N_("HAL, side for side"),
    Walk.NSR: N_("NSR, side for side"),
    Walk.SITEMAP: N_("Nettsider fra et nettstedskart"),
}
#: What DBH counts.
COUNTED: Mapping[str, str] = {
    "applied": N_("Søknader"),
    "offered": N_("Tilbud om opptak"),
    "accepted": N_("Takket ja"),
    "started": N_("Møtt til studiestart"),
    "participants": N_("Deltakere"),
    "completed": N_("Fullført"),
}
SOURCE_EVENTS: Mapping[str, str] = {
    "added": N_("Lagt til"),
    "changed": N_("Endret"),
    "paused": N_("Satt på pause"),
    "woken": N_("Tatt opp igjen"),
    "asked_for": N_("Bedt om å bli hentet"),
}
SOURCE_FIELDS: Mapping[str, str] = {
    "name": N_("Hva kilden heter"),
    "url": N_("Adresse"),
    "walk": N_("Hvordan kilden svarer"),
    "every_minutes": N_("Hvor ofte den hentes"),
    "auth": N_("Nøkkel"),
    "secret_name": N_("Miljøvariabelen med nøkkelen"),
    "redirects": N_("Omdirigeringer"),
}
EVENTS: Mapping[RecordEvent, str] = {
    RecordEvent.NEW: N_("Nye"),
    RecordEvent.CHANGED: N_("Endret"),
    RecordEvent.VANISHED: N_("Borte for første gang"),
    RecordEvent.HELD: N_("Borte, holdt tilbake"),
    RecordEvent.LEFT: N_("Har gått ut av leveransen"),
    RecordEvent.RETURNED: N_("Kommet tilbake"),
}
#: What approving a held delivery would do to a run, and why some stay (``registry.intake.queries.consequences``).
DOES: Mapping[str, str] = {
    "close": N_("Lukkes for søknader"),
    "cancel": N_("Avlyses"),
    "leave": N_("Går ut av leveransen, men endres ikke"),
    "keep": N_("Beholdes"),
    "close_next": N_("Lukkes hvis den også mangler i neste leveranse"),
    "leave_next": N_("Går ut hvis den også mangler i neste leveranse"),
}
KEPT_BY: Mapping[str, str] = {
    "told_elsewhere": N_("En annen kilde har den fortsatt"),
    "applied_for": N_("Den har åpne søknader"),
}
STATES: Mapping[QuarantineState, tuple[str, str]] = {
    QuarantineState.WAITING: (N_("Venter"), "warning"),
    QuarantineState.REPAIRED: (N_("Rettet og tatt inn"), "success"),
    QuarantineState.DISCARDED: (N_("Lagt bort"), "neutral"),
}
ORIGINS: Mapping[Origin, str] = {
    Origin.FEED: N_("Fra leveransen"),
    Origin.DERIVED: N_("Lest ut av navnet"),
    Origin.PERSON: N_("Skrevet av et menneske"),
}
DELIVERIES: Mapping[str, str] = {
    "campus": N_("Stedbasert"),
    "gatherings": N_("Samlingsbasert"),
    "online": N_("Nettbasert"),
    "hybrid": N_("Nett og samlinger"),
}
LANGUAGES: Mapping[str, str] = {
    "nb": N_("bokmål"),
    "nn": N_("nynorsk"),
    "se": N_("samisk"),
    "en": N_("engelsk"),
}
#: Formats as people call them; a format that is not here is shown by its own name.
FORMATS: Mapping[str, str] = {
    "offers-sheet": N_("Tilbud i regneark"),
    "dbh-347": N_("DBH, tabell 347"),
    "emil3": N_("Susa-navet (EMIL 3)"),
    "kouta": N_("Opintopolku (Kouta)"),
    "ooapi": "OOAPI",
    "xcri-cap": "XCRI-CAP",
    "schema-org": "schema.org",
}
GIVERS: Mapping[str, str] = {"import": N_("Kommandolinjen"), "demo": N_("Demonstrasjonsåret")}


def source_name(key: str) -> str:
    """A source ("dbh-347", "offers-sheet:0238", "demo-emil3") or a format in words."""
    form, _, _provider = key.removeprefix("demo-").partition(":")
    name = gettext(FORMATS[form]) if form in FORMATS else form
    return gettext("%(source)s, oppdiktet", source=name) if key.startswith("demo-") else name


def giver_name(actor: str) -> str:
    """Who delivered ("system:import", "person:12") in words."""
    kind, _, which = actor.partition(":")
    if kind == "system":
        return gettext(GIVERS[which]) if which in GIVERS else gettext("Registeret selv")
    return gettext("Person nummer %(number)s", number=which) if kind == "person" else actor
