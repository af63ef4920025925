"""The closed lists of the offers sheet: every way to say a value, in bokmål, nynorsk and English, and what it means."""

from importers.sentences import Sentence
from importers.sheets.columns import Unreadable
from importers.sheets.values import items, one_of, several_of
from importers.text import quoted

#: DBH table 436, level codes; FS is vocational college, which DBH's table does not have.
LEVELS = ("B3", "B4", "HK", "YU", "AR", "LN", "M2", "ME", "MX", "HN", "M5", "PR", "FU", "VS", "FS")

SETTINGS = (
    "kindergarten", "primary_1_7", "lower_secondary_5_10", "upper_secondary", "vocational_training",
    "adult_education", "sfo", "pp_service", "culture_school",
)  # fmt: skip
ROLES = (
    "teacher", "other_higher_education", "skilled_worker", "assistant", "leader", "newly_qualified", "mentor",
)  # fmt: skip

level = one_of(
    {code: code for code in LEVELS} | {"fagskole": "FS", "fagskule": "FS"},
    Sentence("en av kodene %(codes)s", codes=", ".join(LEVELS)),
)

SCHEMES_ALLOWED = Sentence("studiepoeng, fagskolepoeng, hp eller CATS")
scheme = one_of(
    {
        "studiepoeng": "ECTS", "studiepoeng (ECTS)": "ECTS", "ECTS": "ECTS", "sp": "ECTS",
        "fagskolepoeng": "fagskolepoeng", "fagskulepoeng": "fagskolepoeng", "vocational college credits": "fagskolepoeng",
        "hp": "hp", "högskolepoäng": "hp", "CATS": "CATS",
    },
    SCHEMES_ALLOWED,
)  # fmt: skip

DELIVERIES_ALLOWED = Sentence("campus, samlinger, nett eller kombinert")
delivery = one_of(
    {
        "campus": "campus", "på campus": "campus", "stedbasert": "campus", "stadbasert": "campus", "ordinær": "campus",
        "samlinger": "gatherings", "samlingar": "gatherings", "samlingsbasert": "gatherings", "gatherings": "gatherings",
        "desentralisert": "gatherings",
        "nett": "online", "nettbasert": "online", "på nett": "online", "digitalt": "online", "online": "online",
        "kombinert": "hybrid", "hybrid": "hybrid", "blandet": "hybrid", "blanda": "hybrid", "nett og samlinger": "hybrid",
        "nett- og samlingsbasert": "hybrid", "nettbasert med samlinger": "hybrid", "nett og samlingar": "hybrid",
        "nettbasert med samlingar": "hybrid",
    },
    DELIVERIES_ALLOWED,
)  # fmt: skip

MEASURES_ALLOWED = Sentence(
    "videreutdanning, lederutdanning, spesialiserte roller, veiledning av nyutdannede, kollektiv kompetanseutvikling "
    "eller oppfølgingsordningen"
)
measure = one_of(
    {
        "videreutdanning": "further_education", "vidareutdanning": "further_education",
        "further education": "further_education",
        "lederutdanning": "leadership", "leiarutdanning": "leadership", "ledelse": "leadership", "leiing": "leadership",
        "leadership": "leadership", "leadership education": "leadership",
        "spesialiserte roller": "specialised_role", "spesialisert rolle": "specialised_role",
        "specialised roles": "specialised_role", "specialised role": "specialised_role",
        "veiledning av nyutdannede": "newly_qualified_guidance", "rettleiing av nyutdanna": "newly_qualified_guidance",
        "guidance of newly qualified teachers": "newly_qualified_guidance",
        "newly qualified guidance": "newly_qualified_guidance",
        "kollektiv kompetanseutvikling": "collective_development", "kollektiv utvikling": "collective_development",
        "collective competence development": "collective_development",
        "collective development": "collective_development",
        "oppfølgingsordningen": "follow_up", "oppfølgingsordninga": "follow_up", "oppfølgingsordning": "follow_up",
        "oppfølging": "follow_up", "follow-up scheme": "follow_up", "follow up": "follow_up",
    },
    MEASURES_ALLOWED,
)  # fmt: skip

LANGUAGES_ALLOWED = Sentence("norsk, bokmål, nynorsk, samisk, engelsk eller en kode på to bokstaver")
_language = one_of(
    {
        "norsk": "no", "norwegian": "no", "no": "no", "bokmål": "nb", "nb": "nb", "nynorsk": "nn", "nn": "nn",
        "samisk": "se", "nordsamisk": "se", "sørsamisk": "se", "lulesamisk": "se", "sami": "se", "se": "se",
        "engelsk": "en", "english": "en", "en": "en", "svensk": "sv", "swedish": "sv", "sv": "sv", "dansk": "da",
        "danish": "da", "da": "da", "finsk": "fi", "finnish": "fi", "fi": "fi", "tysk": "de", "german": "de", "de": "de",
        "fransk": "fr", "french": "fr", "fr": "fr", "spansk": "es", "spanish": "es", "es": "es",
    },
    LANGUAGES_ALLOWED,
)  # fmt: skip
languages = several_of(_language)

TITLE_LANGUAGES_ALLOWED = Sentence("bokmål, nynorsk, samisk eller engelsk")
title_language = one_of(
    {
        "bokmål": "nb", "nb": "nb", "nynorsk": "nn", "nn": "nn", "samisk": "se", "nordsamisk": "se", "sami": "se",
        "se": "se", "engelsk": "en", "english": "en", "en": "en",
    },
    TITLE_LANGUAGES_ALLOWED,
)  # fmt: skip

CANCEL_REASONS_ALLOWED = Sentence(
    "for få søkere, mangler faglærer, slått sammen med en annen gjennomføring, flyttet til nett, manglende finansiering, "
    "eller grunnen i egne ord"
)
_CANCEL_REASONS = one_of(
    {
        "for få søkere": "few_applicants", "for få søkjarar": "few_applicants", "få søkere": "few_applicants",
        "få søkjarar": "few_applicants", "too few applicants": "few_applicants", "few applicants": "few_applicants",
        "mangler faglærer": "no_teacher", "manglar faglærar": "no_teacher", "mangler lærer": "no_teacher",
        "manglar lærar": "no_teacher", "no teacher available": "no_teacher", "no teacher": "no_teacher",
        "slått sammen med en annen gjennomføring": "merged", "slått saman med ei anna gjennomføring": "merged",
        "slått sammen": "merged", "slått saman": "merged", "merged with another run": "merged", "merged": "merged",
        "flyttet til nett": "moved_online", "flytta til nett": "moved_online", "moved online": "moved_online",
        "manglende finansiering": "funding", "manglande finansiering": "funding", "finansiering": "funding",
        "lack of funding": "funding", "funding": "funding",
        "annen årsak": "other", "annan årsak": "other", "annet": "other", "anna": "other", "other reason": "other",
        "other": "other",
    },
    CANCEL_REASONS_ALLOWED,
)  # fmt: skip


def cancel_reason(text: str) -> str:
    """A reason code where the words are known, else the words themselves."""
    try:
        return _CANCEL_REASONS(text)
    except Unreadable:
        return " ".join(text.split())


def target_groups(text: str) -> tuple[str, ...]:
    """Target groups as given. Names are the caller's to understand; a half-known code ("kindergarten:teachr") is refused."""
    found = items(text)
    for item in found:
        setting, colon, role = item.partition(":")
        if colon and (setting in SETTINGS) != (role in ROLES):
            raise Unreadable(
                Sentence("%(value)s er ikke en kjent målgruppe.", value=quoted(item)),
                Sentence("Skriv navnet, eller koden som arbeidssted:rolle, for eksempel kindergarten:teacher."),
            )
    return found
