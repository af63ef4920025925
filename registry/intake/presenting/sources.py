"""Moments, spans and sources in the reader's words."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from registry.intake.queries.health import Condition
from registry.web.i18n import N_, gettext, ngettext

_HOUR, _DAY = 60, 24 * 60


class Look(NamedTuple):
    """A condition as it is shown: never by colour alone."""

    words: str  #: msgid
    color: str
    icon: str


CONDITIONS: Mapping[Condition, Look] = {
    Condition.GOOD: Look(N_("I orden"), "success", "✓"),
    Condition.LATE: Look(N_("Forsinket"), "warning", "◷"),
    Condition.HELD: Look(N_("Noen må se på den"), "warning", "!"),
    Condition.FAILING: Look(N_("Feiler"), "danger", "✕"),
    Condition.PAUSED: Look(N_("På pause"), "neutral", "Ⅱ"),
    Condition.UNTRIED: Look(N_("Ikke hentet ennå"), "neutral", "○"),
}
#: Sources without an address are delivered by people.
UPLOADED = Look(N_("Lastes opp"), "neutral", "↑")
#: How often a source may be fetched, as the form offers it.
INTERVALS = (15, 30, 60, 3 * 60, 6 * 60, 12 * 60, _DAY, 7 * _DAY, 30 * _DAY)


def often(minutes: int | None) -> str:
    """ "hver 6. time" of 360; None is only when somebody asks."""
    if minutes is None:
        return gettext("bare når noen ber om det")
    if minutes % _DAY == 0:
        days = minutes // _DAY
        return gettext("hvert døgn") if days == 1 else gettext("hvert %(num)d. døgn", num=days)
    if minutes % _HOUR == 0:
        hours = minutes // _HOUR
        return gettext("hver time") if hours == 1 else gettext("hver %(num)d. time", num=hours)
    return gettext("hvert %(num)d. minutt", num=minutes)


def span(length: timedelta) -> str:
    """A length of time in its largest whole unit: "3 timer"."""
    minutes = max(0, int(length.total_seconds()) // 60)
    if minutes >= 2 * _DAY:
        return ngettext("%(num)d døgn", "%(num)d døgn", minutes // _DAY)
    if minutes >= _HOUR:
        return ngettext("%(num)d time", "%(num)d timer", minutes // _HOUR)
    return ngettext("%(num)d minutt", "%(num)d minutter", minutes)


def ago(moment: datetime | None, now: datetime) -> str:
    """ "for 3 timer siden"."""
    if moment is None:
        return gettext("aldri")
    return gettext("for %(span)s siden", span=span(now - moment))


def bare_address(url: str | None) -> str:
    """An address without its query, which may hold a key."""
    address, asked, _ = (url or "").partition("?")
    return f"{address}?…" if asked else address
