"""Words for codes, as msgids: pages translate them, reports carry the codes."""

from collections.abc import Mapping

from registry.coordination.states import CaseState, Fault, ProposalState, Reach, Strength, Verdict, Way
from registry.coordination.twins import Unlike

N_ = str  # marks a msgid for extraction; the one of registry.web needs Flask

STRENGTH_LABELS: Mapping[str, str] = {
    Strength.STRONG: N_("Sterkt"),
    Strength.POSSIBLE: N_("Mulig"),
    Strength.RELATED: N_("Beslektet"),
}
REACH_LABELS: Mapping[str, str] = {
    Reach.SAME_COUNTY: N_("Samme fylke"),
    Reach.SAME_REGION: N_("Samme region"),
    Reach.ONLINE: N_("På nett"),
    Reach.NONE: N_("Ikke innen rekkevidde"),
    Reach.UNKNOWN: N_("Ukjent sted"),
}
#: When an offer is taught, held against a planned one.
TIMING_LABELS: Mapping[str, str] = {
    "same_term": N_("Kull i samme termin"),
    "expected": N_("Pleier å gå i det halvåret"),
    "undecided": N_("Gis nå"),
    "other_term": N_("Går i andre terminer"),
    "past": N_("Har ikke gått på lenge"),
}
VERDICT_LABELS: Mapping[str, str] = {
    Verdict.COORDINATE: N_("Bør samordnes"),
    Verdict.KEEP_BOTH: N_("Ulike behov – behold begge"),
    Verdict.CANNOT_DECIDE: N_("Kan ikke avgjøres nå"),
    Verdict.WRONG_DATA: N_("Feil i opplysningene"),
}
#: The same four answers where the question is whether two records are one offer.
SAMENESS_LABELS: Mapping[str, str] = {
    Verdict.COORDINATE: N_("Samme tilbud – slå sammen"),
    Verdict.KEEP_BOTH: N_("To tilbud – behold begge"),
    Verdict.CANNOT_DECIDE: N_("Kan ikke avgjøres nå"),
    Verdict.WRONG_DATA: N_("Feil i opplysningene"),
}
FAULT_LABELS: Mapping[str, str] = {
    Fault.SUBJECT: N_("Feil fag"),
    Fault.SCHOOL_YEARS: N_("Feil trinn"),
    Fault.CREDITS: N_("Feil studiepoeng"),
    Fault.TARGETS: N_("Feil målgruppe"),
    Fault.PLACE: N_("Feil sted eller undervisningsform"),
    Fault.NOT_AN_OFFER: N_("Er ikke et tilbud som kan søkes"),
    Fault.OTHER: N_("Noe annet (skriv hva)"),
}
WAY_LABELS: Mapping[str, str] = {
    Way.TALK: N_("Bli enige om en måte"),
    Way.ALTERNATE_TERMS: N_("Tilby det annenhver termin"),
    Way.MERGE: N_("Slå sammen kullene"),
    Way.JOINT_OFFER: N_("Gi det som fellestilbud"),
    Way.ONE_ONLINE: N_("La det ene gå på nett"),
}
PROPOSAL_LABELS: Mapping[str, str] = {
    ProposalState.WAITING: N_("Venter på svar"),
    ProposalState.ACCEPTED: N_("Sagt ja"),
    ProposalState.DECLINED: N_("Sagt nei"),
    ProposalState.WITHDRAWN: N_("Trukket"),
}
#: What became of the network's decision to let a last offer go.
PERMITTED_LABELS: Mapping[str, str] = {
    "unused": N_("Ikke brukt"),
    "used": N_("Brukt"),
    "withdrawn": N_("Trukket tilbake"),
}
CASE_LABELS: Mapping[str, str] = {
    CaseState.OPEN: N_("Åpen"),
    CaseState.DECIDED: N_("Avgjort"),
    CaseState.REOPENED: N_("Gjenåpnet"),
    CaseState.CLOSED: N_("Lukket"),
}
#: What became of a case, by the reason where there is one, else by the event.
CASE_EVENT_LABELS: Mapping[str, str] = {
    "find": N_("Saken ble opprettet."),
    "decide": N_("Saken er avgjort: alle parene er besvart."),
    "undecided_pair": N_("Saken ble gjenåpnet, fordi et par venter på svar igjen."),
    "seen_again": N_("Saken ble gjenåpnet, fordi tilbudene likner på hverandre igjen."),
    "gone": N_("Saken ble lukket, fordi tilbudene ikke lenger likner nok på hverandre."),
    "term_over": N_("Saken ble lukket, fordi terminen er over."),
}
EVENT_LABELS: Mapping[str, str] = {
    "established": N_("Opprettet"),
    "discontinued": N_("Lagt ned"),
    "cancelled": N_("Avlyst"),
    "no_longer_taught": N_("Gis ikke lenger"),
}
REGION_LABELS: Mapping[str, str] = {"east": N_("Øst"), "west": N_("Vest"), "north": N_("Nord")}
FIELD_LABELS: Mapping[str, str] = {
    "subject": N_("Fag"),
    "focus": N_("Særskilt innhold"),
    "school_years": N_("Trinn"),
    "step": N_("Steg"),
    "part": N_("Del"),
    "credits": N_("Studiepoeng"),
    "kind": N_("Slags studium"),
    "level": N_("Nivå"),
    "setting": N_("Arbeidssted"),
    "role": N_("Målgruppe"),
    "outcomes": N_("Læringsutbytte"),
    "title": N_("Navn"),
    "name": N_("Navn"),
    "words": N_("Ord i navnet"),
    "source": N_("Kilde"),
    "code": N_("Kode"),
    "spelling": N_("Skrivemåte"),
    "digits": N_("Tall i navnet"),
    "focus_one_side": N_("Særskilt innhold"),
    "mode": N_("Undervisningsform"),
    "place": N_("Sted"),
    "marks": N_("Form eller sted i navnet"),
    "pace": N_("Deltid eller heltid"),
    "rival": N_("Andre oppføringer"),
    "twin": N_("Andre oppføringer"),
    "campus": N_("Sted"),
    "start": N_("Start"),
}
#: Fields of an offer that the two records of a duplicate may tell differently.
MERGE_FIELD_LABELS: Mapping[str, str] = {
    "title": N_("Navn"),
    "subject_code": N_("Fag"),
    "school_years": N_("Trinn"),
    "step": N_("Steg"),
    "credits": N_("Studiepoeng"),
    "level_code": N_("Nivå"),
    "measure_code": N_("Tiltak"),
    "description": N_("Beskrivelse"),
    "learning_outcomes": N_("Læringsutbytte"),
    "department": N_("Avdeling"),
    "url": N_("Nettadresse"),
}
#: Fields of a run that the two records of a duplicate may tell differently.
RUN_FIELD_LABELS: Mapping[str, str] = {
    "delivery": N_("Undervisningsform"),
    "municipalities": N_("Undervisningssted"),
    "starts_on": N_("Starter"),
    "ends_on": N_("Slutter"),
    "application_opens_on": N_("Søknaden åpner"),
    "application_closes_on": N_("Søknadsfrist"),
    "places": N_("Plasser"),
    "minimum": N_("Minste antall"),
    "apply_url": N_("Adresse for søknad"),
}
#: Why a run that goes over is not taken for the run of its term that is there.
UNLIKE_LABELS: Mapping[str, str] = {
    Unlike.DELIVERY: N_("Ulik undervisningsform."),
    Unlike.PLACE: N_("Ulikt sted."),
    Unlike.START: N_("For langt mellom startdatoene."),
    Unlike.LOST: N_("Det ene er avlyst eller utsatt."),
    Unlike.BEHIND: N_("Det har kommet lenger enn kullet som blir stående. Bytt om, så kan de bli ett."),
    Unlike.TAKEN: N_("Et annet kull likner mer."),
}
#: Short names of the rules that flags are made by. Others are known by their sentence.
RULE_NAMES: Mapping[str, str] = {
    "RISK_FLAG": N_("Utsatt kull"),
    "DARK_FLAG": N_("Fag som kan bli uten kull"),
    "LOW_RUN_DEFAULT_MINIMUM": N_("Få søkere"),
    "LOW_OFFER_TREND": N_("Vedvarende få deltakere"),
    "LOW_OFFER_TREND_INFO": N_("Opplysning om få deltakere"),
    "LOW_OFFER_TREND_EXEMPT_CYCLES": N_("Nye tilbud er unntatt"),
    "SMALL_SUBJECT_INSTITUTIONS": N_("Lite fag: få institusjoner"),
    "SMALL_SUBJECT_STARTERS": N_("Lite fag: få som starter"),
    "SMALL_SUBJECT_OFF_STARTERS": N_("Av listen over små fag"),
    "SMALL_SUBJECT_OFF_EXTRA": N_("Ventetid før et fag tas av listen"),
    "NATIONAL_GUARANTEE": N_("Tilbud for hele landet i små fag"),
    "OVERSUBSCRIBED": N_("Overtegnet kull"),
    "SMALL_CELL": N_("Avrunding av små tall"),
    "PRECHECK_TERMS": N_("Hvor langt forhåndssjekken ser"),
    "OVL_STRONG": N_("Sterkt overlapp"),
    "OVL_POSSIBLE": N_("Mulig overlapp"),
    "OVL_RELATED": N_("Beslektede tilbud"),
    "COMMIT_ONE_PLACE": N_("Én plass per semester"),
    "COMMIT_MOST_CREDITS": N_("Høyst et antall studiepoeng per semester"),
    "ANSWER_DAYS": N_("Svar innen et antall dager"),
    "DUP_SURE": N_("Sikker dublett"),
    "DUP_POSSIBLE": N_("Mulig dublett"),
}
#: Heading -> how the codes of its rules begin.
RULE_GROUPS: Mapping[str, tuple[str, ...]] = {
    N_("Små fag"): ("SMALL_SUBJECT", "NATIONAL"),
    N_("Få søkere og avlysning"): ("RISK", "DARK", "LOW", "OVERSUBSCRIBED", "NEAREST"),
    N_("Plasser og svar"): ("ANSWER", "COMMIT", "OVERBOOKING"),
    N_("Frister og meldinger"): ("ATTENDANCE", "RESULTS", "REMIND", "FOLLOW", "DIGEST", "LOOK"),
    N_("Overlapp"): ("OVL", "CLU", "NEAR_", "PRECHECK"),
    N_("Dubletter"): ("DUP", "TWIN"),
    N_("Innhenting"): ("FEED", "SOURCE"),
}


def rule_name(code: str) -> str:
    """The rule's short name as a msgid; its code where it has none."""
    return RULE_NAMES.get(code, code)
