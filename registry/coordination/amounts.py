"""A rule's number as people say it: "1 institusjon", "80 % sannsynlig", never a number beside a word that does not bend."""

from collections.abc import Callable, Mapping

from registry.web.formatting import number, percent
from registry.web.i18n import gettext, ngettext

_Say = Callable[[int, str], str]  #: which form of the word (1 or more), and the number as it is written

_COUNTED: Mapping[str, _Say] = {
    "applicants": lambda n, said: ngettext("%(num)s søker", "%(num)s søkere", n, num=said),
    "starters": lambda n, said: ngettext("%(num)s som starter", "%(num)s som starter", n, num=said),
    "starters per cycle": lambda n, said: ngettext(
        "%(num)s som starter per periode", "%(num)s som starter per periode", n, num=said
    ),
    "cycles": lambda n, said: ngettext("%(num)s periode", "%(num)s perioder", n, num=said),
    "institutions": lambda n, said: ngettext("%(num)s institusjon", "%(num)s institusjoner", n, num=said),
    "published offers of national reach": lambda n, said: ngettext(
        "%(num)s tilbud for hele landet", "%(num)s tilbud for hele landet", n, num=said
    ),
    "waitlist per place": lambda n, said: ngettext(
        "%(num)s på venteliste per plass", "%(num)s på venteliste per plass", n, num=said
    ),
    "persons": lambda n, said: ngettext("%(num)s person", "%(num)s personer", n, num=said),
    "days": lambda n, said: ngettext("%(num)s dag", "%(num)s dager", n, num=said),
    "terms": lambda n, said: ngettext("%(num)s termin", "%(num)s terminer", n, num=said),
    "terminer": lambda n, said: ngettext("%(num)s termin", "%(num)s terminer", n, num=said),
    "credits": lambda n, said: ngettext("%(num)s studiepoeng", "%(num)s studiepoeng", n, num=said),
    "minutes": lambda n, said: ngettext("%(num)s minutt", "%(num)s minutter", n, num=said),
    "offers": lambda n, said: ngettext("%(num)s tilbud", "%(num)s tilbud", n, num=said),
    "runs": lambda n, said: ngettext("%(num)s kull", "%(num)s kull", n, num=said),
    "searches": lambda n, said: ngettext("%(num)s søk", "%(num)s søk", n, num=said),
    "hour": lambda _, said: gettext("fra klokken %(num)s", num=said),
    "poeng": lambda n, said: ngettext("%(num)s poeng", "%(num)s poeng", n, num=said),
}
_SHARES: Mapping[str, Callable[[str], str]] = {
    "probability": lambda said: gettext("%(share)s sannsynlig", share=said),
    "share of warnings": lambda said: gettext("%(share)s av varslene", share=said),
    "share of rows": lambda said: gettext("%(share)s av radene", share=said),
    "share of open offers": lambda said: gettext("%(share)s av tilbudene", share=said),
}


def amount(value: float, unit: str) -> str:
    """In the reader's language; the bare number where the unit is a score, which has no word."""
    if unit == "0/1":
        return gettext("på") if value else gettext("av")
    if unit in _SHARES:
        return _SHARES[unit](percent(value, 0 if round(value * 100, 6).is_integer() else 1))
    counted = _COUNTED.get(unit)
    return counted(1 if value == 1 else 2, number(value)) if counted else number(value)


def is_share(unit: str) -> bool:
    """Whether the number is written from 0 to 1 and said as a percentage."""
    return unit in _SHARES
