"""Rules whose effect cannot be shown before they hold, each with the reason: in the words of the page."""

from collections.abc import Mapping
from typing import Final

from registry.applications.commitment import CODES
from registry.coordination.labels import N_
from registry.matching.defaults import DEFAULTS

_IN_SCORE: Final = N_(
    "Tallet inngår i hvordan to tilbud sammenlignes. Et annet tall gir alle par i landet en annen poengsum, så virkningen vises "
    "først når alle tilbudene er sammenlignet på nytt."
)
_BELOW: Final = N_(
    "Par med lavere poengsum enn dagens grense er ikke lagret. Hvilke som kommer til, vises først når alle tilbudene er "
    "sammenlignet på nytt. Et høyere tall kan prøves her."
)
_CASES: Final = N_(
    "Tallet avgjør hvilke overlapp som samles til én sak, ikke hvilke tilbud som får et flagg. Sakene deles inn på nytt ved neste "
    "sammenligning; de som er under arbeid, blir stående."
)
_RELATED: Final = N_(
    "Tallet avgjør hva forhåndssjekken viser som beslektet med et planlagt tilbud. Ingen tilbud får flagg for å være beslektet."
)
_NEXT_DELIVERY: Final = N_(
    "Tallet brukes på den neste leveransen fra en kilde. Hva som holdes tilbake eller vinner fram, avhenger av hva som står i den, "
    "og det vet ingen ennå."
)
_ROUNDING: Final = N_(
    "Tallet avgjør hvordan offentlige tall rundes av. Ingen tilbud, kull eller fag får eller mister et flagg. Alle offentlige tall vises "
    "med den nye avrundingen fra dagen regelen gjelder."
)
_BACKTEST: Final = N_(
    "Tallet velger den terskelen som siden om treffsikkerhet viser, ved neste tilbakeblikk på avsluttede kull. Hvilke kull som er "
    "utsatt, avgjøres av en annen regel (RISK_FLAG), som kan prøves på sin egen side."
)
_PRIVATE: Final = N_(
    "Et lavere tall ville vise hva én eller to personer har søkt etter. Det vises derfor ikke på forhånd, heller ikke her."
)
_LATER: Final = N_(
    "Tallet gjelder det som skjer etter at regelen er endret: nye frister, påminnelser, varsler og innsyn. Det som alt er satt eller "
    "sendt, endres ikke, og ingen tilbud, kull eller fag får flagg av det."
)
_PROPOSED: Final = N_(
    "Tallet brukes når noen ber om et forslag: om andre kull eller om overbooking. Forslagene regnes ut da, for det kullet det gjelder, "
    "og ingen tilbud, kull eller fag får flagg av dem."
)
_PLANNED: Final = N_(
    "Tallet avgjør hvilke terminer forhåndssjekken ser på når noen spør. Ingen tilbud, kull eller fag får flagg av det."
)
_MERGING: Final = N_(
    "Tallet avgjør hva som foreslås når to oppføringer av samme tilbud slås sammen. Ingen tilbud, kull eller fag får flagg av det."
)
_TRIED: Final = N_("Regelen prøves på tidligere semestre, på sin egen side.")

#: Code, or how codes begin -> why.
_WHY: Final[Mapping[str, str]] = {
    "OVL_RELATED": _RELATED,
    "PRECHECK_": _PLANNED,
    "TWIN_": _MERGING,
    "CLU_": _CASES,
    "NEAR_LEAST": _PROPOSED,
    "NEAREST_": _PROPOSED,
    "OVERBOOKING_RISK": _PROPOSED,
    "SOURCE_ORDER_": _NEXT_DELIVERY,
    "FEED_": _NEXT_DELIVERY,
    "SMALL_CELL": _ROUNDING,
    "RISK_FALSE_ALARMS": _BACKTEST,
    "UNMET_SHOWN": _PRIVATE,
    "ANSWER_DAYS": _LATER,
    "REMIND_DAYS": _LATER,
    "LOOK_MINUTES": _LATER,
    "FOLLOW_": _LATER,
    "DIGEST_HOUR": _LATER,
    **dict.fromkeys(CODES.values(), _TRIED),
}
#: Where pairs below the number are not kept.
_FLOORS: Final = frozenset({"OVL_POSSIBLE", "DUP_POSSIBLE"})
#: Numbers of the matching that only part its pairs, and change no score.
_PARTING: Final = frozenset({"OVL_STRONG", "DUP_SURE", *_FLOORS})


def why_untold(code: str, number: float, before: float) -> str | None:
    """Why the effect of another number than ``before`` is not shown, in bokmål, for a page to say; None where it is."""
    if code in _FLOORS and number < before:
        return _BELOW
    found = next((why for begins, why in _WHY.items() if code.startswith(begins)), None)
    if found is None and code not in _PARTING and any(code == rule.id for rule in DEFAULTS):
        return _IN_SCORE
    return found
