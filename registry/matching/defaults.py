"""Every number that the matching uses, with its source: the rule register loads this table and may replace any number.

Functions take ``rules: Mapping[str, float]``; :func:`with_defaults` fills in what a caller leaves out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

MatchingRules = Mapping[str, float]

_READING = "Read off 1,631 programme names of twelve institutions (DBH table 347, 2021–2025)"
_FITTED = "Logistic scorecard fitted to the training part of tests/matching/gold/pairs.csv, rounded"
_JUDGED = "Judged by reading same-provider pairs in DBH table 347 (twelve institutions, 2021–2025)"
_CLUSTER = (
    "Local-move correlation clustering on a noisy graph: B³ 0.87 at 45,000 offers, where connected components give 0.23"
)
_OKLAHOMA = "Oklahoma State Regents: 'approximately 50 %' shared requirements is unnecessary duplication; SMU: 50 % of learning outcomes"


@dataclass(frozen=True, slots=True)
class RuleDefault:
    """One number of the register: ``text`` says in plain bokmål what it decides."""

    id: str
    number: float
    unit: str
    source: str
    text: str


DEFAULTS: Final[tuple[RuleDefault, ...]] = (
    # -- what counts as an overlap ------------------------------------------------------------------------------------
    RuleDefault("OVL_STRONG", 0.5, "score 0–1", _OKLAHOMA, "Fra denne poengsummen er to tilbud sterkt overlappende."),
    RuleDefault("OVL_POSSIBLE", 0.15, "score 0–1", _READING, "Fra denne poengsummen er et overlapp mulig."),
    RuleDefault("OVL_RELATED", 0.05, "score 0–1", _READING, "Fra denne poengsummen vises to tilbud som beslektet."),
    RuleDefault(
        "OVL_TERM_WINDOW",
        0,
        "terminer",
        "The registry's own choice",
        "Så mange terminer kan skille to kull som regnes som samtidige.",
    ),
    RuleDefault(
        "OVL_PPU",
        0,
        "0/1",
        "The registry's own choice: PPU makes new teachers",
        "Skal praktisk-pedagogisk utdanning sammenlignes? 0 er nei.",
    ),
    RuleDefault(
        "OVL_PREPARATORY",
        0,
        "0/1",
        "The registry's own choice: DBH level VS is upper secondary level",
        "Skal forkurs sammenlignes? 0 er nei.",
    ),
    RuleDefault(
        "OVL_YEARS_SHARED",
        0.55,
        "andel",
        _READING,
        "Så stor del av trinnene må være felles; under dette er trinnene i strid.",
    ),
    RuleDefault(
        "OVL_SURE",
        0.7,
        "sikkerhet 0–1",
        _READING,
        "Fra denne sikkerheten kan et tolket trinn eller steg alene stå i strid med et annet.",
    ),
    RuleDefault(
        "OVL_CREDITS_RATIO",
        0.5,
        "andel",
        "±50 %: research figure for alike sizes of further education",
        "Minste forhold mellom studiepoeng i like tilbud.",
    ),
    RuleDefault(
        "OVL_CANDIDATE_COSINE",
        0.5,
        "cosinus",
        _READING,
        "Så like må to navn være for å bli vurdert når fagene er ulike.",
    ),
    RuleDefault(
        "OVL_COMMON_SHARE",
        0.01,
        "andel",
        "Words that a hundredth of all names share find no one; their subjects do (measured: bench/flags.py)",
        "Bokstavgrupper i flere navn enn dette brukes ikke til å finne kandidater.",
    ),
    RuleDefault(
        "OVL_CANDIDATES",
        300,
        "antall",
        "k = 150–300: a smaller k loses up to 43 % of true pairs",
        "Så mange kandidater hentes i første runde per navn.",
    ),
    # -- the scorecard: log-odds ----------------------------------------------------------------------------------------
    RuleDefault("OVL_W_BASE", -2.75, "log-odds", _FITTED, "Utgangspunkt for poengsummen."),
    RuleDefault("OVL_W_SUBJECT_SAME", 2.34, "log-odds", _FITTED, "Samme fag."),
    RuleDefault("OVL_W_SUBJECT_SOME", -0.4, "log-odds", _FITTED, "Noen, men ikke alle, fag er felles."),
    RuleDefault("OVL_W_SUBJECT_AREA", 0.05, "log-odds", _FITTED, "Ulike fag i samme fagområde."),
    RuleDefault(
        "OVL_W_SUBJECT_AREA_GIVEN",
        -1.5,
        "log-odds",
        "Of 243 labelled pairs without a subject in common two are strong (tests/matching/gold); keeps the same topics in two subjects below strong",
        "Ulike fag i samme fagområde, når begge tilbyderne selv har oppgitt fag.",
    ),
    RuleDefault("OVL_W_SUBJECT_OTHER", -1.17, "log-odds", _FITTED, "Ulike fag."),
    RuleDefault("OVL_W_FOCUS", 1.26, "log-odds", _FITTED, "Like ord i navnene ut over faget (ganges med likheten)."),
    RuleDefault("OVL_W_FOCUS_NONE", 0.5, "log-odds", _FITTED, "Ingen av navnene sier noe ut over faget."),
    RuleDefault("OVL_W_FOCUS_ONE", -1.17, "log-odds", _FITTED, "Bare det ene navnet sier noe ut over faget."),
    RuleDefault("OVL_W_FOCUS_OTHER", -0.95, "log-odds", _FITTED, "Navnene sier ulike ting ut over faget."),
    RuleDefault(
        "OVL_EVEN",
        0.5,
        "cosine",
        "The scale that the weights were fitted on: another number needs weights fitted anew (bench/quality.py)",
        "Likheten der to tekster verken taler for eller mot at innholdet er det samme.",
    ),
    RuleDefault("OVL_W_NAME", 0.77, "log-odds", _FITTED, "Likhet mellom hele navnene, regnet fra der den er nøytral."),
    RuleDefault(
        "OVL_W_NAME_ALONE",
        2.0,
        "log-odds",
        "The same name is what makes two offers alike where neither tells school years nor step (tests/matching/gold/GUIDE.md); "
        "chosen with the pairs labelled before 22 November 2026",
        "Ulike navn når ingen av dem sier trinn eller steg (ganges med det som mangler på likheten der slike navn begynner å tale mot).",
    ),
    RuleDefault(
        "OVL_EVEN_ALONE",
        0.4,
        "cosine",
        "Chosen with the pairs labelled before 22 November 2026 (tests/matching/gold/GUIDE.md)",
        "Likheten som navn må ha for ikke å tale mot, når ingen av dem sier trinn eller steg.",
    ),
    RuleDefault(
        "OVL_EVEN_OUTCOMES_APART",
        0.75,
        "cosine",
        "Read off the demonstration year (bench/planted.py): two parts of one subject share half of their topics, one content nearly all",
        "Likheten som læringsutbytte må ha for ikke å tale mot, når navnene sier ulike ting ut over faget.",
    ),
    RuleDefault("OVL_W_YEARS_SAME", 0.45, "log-odds", _FITTED, "Samme trinn."),
    RuleDefault("OVL_W_YEARS_PARTLY", -1.26, "log-odds", _FITTED, "Trinnene er delvis felles."),
    RuleDefault("OVL_W_YEARS_UNKNOWN", -2.02, "log-odds", _FITTED, "Trinnene er ukjent for det ene tilbudet."),
    RuleDefault(
        "OVL_W_YEARS_UNKNOWN_BOTH",
        -1.57,
        "log-odds",
        _FITTED,
        "Trinnene er ukjent for begge, i et fag der trinn betyr noe.",
    ),
    RuleDefault("OVL_W_STEP_SAME", 0.23, "log-odds", _FITTED, "Samme steg."),
    RuleDefault("OVL_W_STEP_UNKNOWN", -1.89, "log-odds", _FITTED, "Steget er ukjent for det ene tilbudet."),
    RuleDefault("OVL_W_PART_UNKNOWN", -1.8, "log-odds", _FITTED, "Det ene tilbudet er bare en del av steget."),
    RuleDefault("OVL_W_KIND_SAME", 0.59, "log-odds", _FITTED, "Samme slags studium, for eksempel årsstudium."),
    RuleDefault("OVL_W_CREDITS_SAME", 0.32, "log-odds", _FITTED, "Like mange studiepoeng."),
    RuleDefault("OVL_W_CREDITS_OTHER", -0.72, "log-odds", _FITTED, "Svært ulikt antall studiepoeng."),
    RuleDefault("OVL_W_LEVEL_OTHER", -0.05, "log-odds", _FITTED, "Lavere mot høyere nivå."),
    RuleDefault(
        "OVL_W_SETTING_SAME",
        0.27,
        "log-odds",
        _FITTED,
        "Samme arbeidssted i målgruppen (ganges med andelen som er felles).",
    ),
    RuleDefault("OVL_W_SETTING_UNKNOWN", -0.5, "log-odds", _FITTED, "Arbeidsstedet er ukjent for det ene tilbudet."),
    RuleDefault(
        "OVL_W_SETTING_SCHOOL",
        -0.25,
        "log-odds",
        "School is what most names mean that say no place of work; chosen with the training part of tests/matching/gold/pairs.csv",
        "Arbeidsstedet er ukjent for det ene tilbudet, og det andre er for skolen.",
    ),
    RuleDefault("OVL_W_SETTING_OTHER", -1.35, "log-odds", _FITTED, "Ulike arbeidssteder i målgruppen."),
    RuleDefault("OVL_W_ROLE_OTHER", -0.54, "log-odds", _FITTED, "Ulike roller i målgruppen."),
    RuleDefault(
        "OVL_W_ROLE_UNKNOWN",
        -0.7,
        "log-odds",
        "Studies for assistants, and for others with higher education, are made for them alone; chosen with the training part of tests/matching/gold/pairs.csv",
        "Det ene tilbudet er for assistenter, fagarbeidere eller andre med høyere utdanning; det andre sier ikke hvem det er for.",
    ),
    RuleDefault("OVL_W_OUTCOMES", 1.35, "log-odds", _FITTED, "Likt læringsutbytte (ganges med likheten)."),
    # -- the same offer twice ---------------------------------------------------------------------------------------------
    RuleDefault(
        "DUP_SURE", 0.9, "score 0–1", _JUDGED, "Fra denne poengsummen slås to oppføringer fra ulike kilder sammen."
    ),
    RuleDefault(
        "DUP_POSSIBLE",
        0.5,
        "score 0–1",
        _JUDGED,
        "Fra denne poengsummen spør vi et menneske om to oppføringer er samme tilbud.",
    ),
    RuleDefault(
        "DUP_CANDIDATE_COSINE", 0.5, "cosinus", _JUDGED, "Så like må to navn ved samme tilbyder være for å bli vurdert."
    ),
    RuleDefault(
        "DUP_CANDIDATES",
        4,
        "antall",
        "Measured by bench/duplicates.py: blocking recall 0.99 at under three candidates a record",
        "Så mange av de likeste navnene ved samme tilbyder og i samme termin vurderes for hver oppføring.",
    ),
    # -- cases without chaining -------------------------------------------------------------------------------------------
    RuleDefault(
        "CLU_NEUTRAL",
        0.4,
        "score 0–1",
        _CLUSTER,
        "Par over denne poengsummen trekker sammen, par under skyver fra hverandre.",
    ),
    RuleDefault(
        "CLU_MISSING", 0.1, "poeng", _CLUSTER, "Så mye skyver to tilbud uten noe overlapp hverandre fra samme sak."
    ),
    RuleDefault(
        "CLU_ROUNDS", 20, "antall", _CLUSTER, "Største antall runder med flytting før en sak regnes som stabil."
    ),
    # -- where displaced applicants could go ------------------------------------------------------------------------------
    RuleDefault(
        "NEAR_LEAST",
        0.2,
        "score 0–1",
        _READING,
        "Minste likhet for å foreslå et annet kull for søkere som mister plassen.",
    ),
)


def with_defaults(rules: Mapping[str, float] | None = None) -> MatchingRules:
    """The defaults with a caller's numbers on top. A rule that does not exist is a KeyError: a typo must not pass."""
    numbers = {rule.id: rule.number for rule in DEFAULTS}
    for rule, number in (rules or {}).items():
        if rule not in numbers:
            raise KeyError(f"No matching rule is called {rule!r}")
        numbers[rule] = number
    return MappingProxyType(numbers)
