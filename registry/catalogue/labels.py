"""What codes are called on the page, in the reader's language."""

from collections.abc import Callable, Mapping
from datetime import date

from registry.catalogue.documents import COUNTRYWIDE, FEW
from registry.catalogue.vocabulary import Entry, Vocabulary
from registry.web.formatting import month_name, number, term_name
from registry.web.i18n import N_, current_language, gettext, norwegian

FACETS: Mapping[str, str] = {
    "subject": N_("Fag"),
    "topic": N_("Emne"),
    "setting": N_("Arbeidssted"),
    "role": N_("Rolle"),
    "school_years": N_("Trinn"),
    "step": N_("Steg"),
    "county": N_("Fylke"),
    "municipality": N_("Kommune"),
    "delivery": N_("Studieform"),
    "applying": N_("Søknad"),
    "time": N_("Tid"),
    "term": N_("Semester"),
    "start_month": N_("Oppstart"),
    "credits_range": N_("Studiepoeng"),
    "level": N_("Nivå"),
    "measure": N_("Tiltak"),
    "language": N_("Undervisningsspråk"),
    "provider": N_("Tilbyder"),
    "small_subject": N_("Små fag"),
}

DELIVERY: Mapping[str, str] = {
    "campus": N_("Stedbasert"),
    "gatherings": N_("Samlingsbasert"),
    "online": N_("Nettbasert"),
    "hybrid": N_("Nett og samlinger"),
}
APPLYING: Mapping[str, str] = {
    "open": N_("Åpent for søknad"),
    "soon": N_("Åpner innen 30 dager"),
    "later": N_("Åpner senere"),
    "unknown": N_("Søknadsdatoer ikke oppgitt"),
    "closed": N_("Søknadsfristen er ute"),
    FEW: N_("Få søkere så langt"),
    "cancelled": N_("Avlyst eller utsatt"),
    "ended": N_("Tilbudt tidligere"),
}
#: Colours of the tag that says where a run stands.
APPLYING_COLORS = {"open": "success", "soon": "info", "later": "info", "cancelled": "danger", "closed": "warning"}
LOST: Mapping[str, str] = {"cancelled": N_("Avlyst"), "postponed": N_("Utsatt")}  #: by the state of the run
TIME: Mapping[str, str] = {"upcoming": N_("Kommende"), "past": N_("Tidligere år")}
CANCEL_REASONS: Mapping[str, str] = {
    "few_applicants": N_("for få søkere"),
    "no_teacher": N_("mangler faglærer"),
    "merged": N_("slått sammen med en annen gjennomføring"),
    "moved_online": N_("flyttet til nett"),
    "funding": N_("mangler finansiering"),
    "other": N_("annen årsak"),
}
LEVELS: Mapping[str, str] = {
    "4": N_("Videregående nivå"),
    "5": N_("Fagskolenivå"),
    "6": N_("Bachelornivå"),
    "7": N_("Masternivå"),
    "8": N_("Doktorgradsnivå"),
}
LANGUAGES: Mapping[str, str] = {
    "nb": N_("Bokmål"),
    "nn": N_("Nynorsk"),
    "no": N_("Norsk"),
    "se": N_("Nordsamisk"),
    "sma": N_("Sørsamisk"),
    "smj": N_("Lulesamisk"),
    "en": N_("Engelsk"),
    "fkv": N_("Kvensk"),
}
SORTS: Mapping[str, str] = {
    "": N_("Mest relevant"),
    "oppstart": N_("Oppstart"),
    "frist": N_("Søknadsfrist"),
    "studiepoeng": N_("Flest studiepoeng"),
    "avstand": N_("Kortest avstand"),
}
SCHEMES: Mapping[str, str] = {
    "ECTS": N_("studiepoeng"),
    "fagskolepoeng": N_("fagskolepoeng"),
    "hp": "hp",
    "CATS": "CATS",
}
_FIXED: Mapping[str, Mapping[str, str]] = {
    "delivery": DELIVERY,
    "applying": APPLYING,
    "time": TIME,
    "level": LEVELS,
    "language": LANGUAGES,
}

#: How often a followed search may tell; the last is no rhythm.
RHYTHMS: Mapping[str, str] = {"weekly": N_("Hver uke"), "daily": N_("Hver dag"), "never": N_("Aldri")}


def value_label(facet: str, value: str, words: Vocabulary) -> str:
    """The words for one value of a facet; an unknown value is shown as it is."""
    if facet in _FIXED:
        return gettext(_FIXED[facet].get(value, value))
    if facet == "county" and value == COUNTRYWIDE:
        return gettext("Nettbasert, hele landet")
    if facet in _LISTS:
        entry: Entry | None = getattr(words, _LISTS[facet]).get(value)
        return _named(entry, facet) if entry else value
    return _MADE[facet](value) if facet in _MADE else value


def _named(entry: Entry, facet: str) -> str:
    """What a code is called; places and institutions have proper names, which are of no language."""
    name, language = entry.name(current_language()), current_language()
    proper = facet in ("county", "municipality", "provider")
    return name if proper or entry.language(language) == language else norwegian(name)


def level_label(level: Entry | None) -> str:
    """What filters and files call it: the level of the national framework; where it is on none, its own name."""
    if level is None:
        return ""
    framework = LEVELS.get(level.parent or "")
    return gettext(framework) if framework else level.name(current_language())


def standing_label(applying: str, state: str | None) -> str:
    """Where a run stands, in words."""
    return gettext(LOST.get(state or "") or APPLYING[applying])


def term_label(term: str) -> str:
    """høst 2026; an unknown form is shown as it is."""
    return term_name(term)


def years_label(years: str) -> str:
    """1.–7. trinn."""
    first, _, last = years.partition("-")
    if last and last != first:
        return gettext("%(first)s.–%(last)s. trinn", first=first, last=last)
    return gettext("%(year)s. trinn", year=first)


def credits_label(points: float | None, scheme: str | None) -> str:
    """30 studiepoeng; nothing where none are given."""
    return "" if points is None else f"{number(points)} {gettext(SCHEMES.get(scheme or '', 'studiepoeng'))}"


def _month(month: str) -> str:
    try:
        return month_name(date.fromisoformat(f"{month}-01"))
    except ValueError:
        return month


def _range(value: str) -> str:
    least, _, most = value.partition("-")
    if not most:
        return gettext("%(least)s studiepoeng eller mer", least=least)
    return gettext("%(least)s–%(most)s studiepoeng", least=least, most=most)


#: Facet -> the list of the vocabulary that names its values.
_LISTS: Mapping[str, str] = {
    "subject": "subjects",
    "county": "counties",
    "municipality": "municipalities",
    "provider": "providers",
    "setting": "settings",
    "role": "roles",
    "measure": "measures",
}
_MADE: Mapping[str, Callable[[str], str]] = {
    "term": term_label,
    "start_month": _month,
    "credits_range": _range,
    "school_years": years_label,
    "step": lambda step: gettext("Steg %(number)s", number=step),
    "small_subject": lambda _: gettext("Bare små fag"),
}
