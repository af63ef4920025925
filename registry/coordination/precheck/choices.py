"""What could be planned otherwise: the coming terms held against each other, other ways and other regions. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from importers.sentences import Sentence, counted, listed
from registry.coordination.precheck.neighbours import Neighbour, When, meeting
from registry.coordination.precheck.timing import Timing, planned_terms
from registry.coordination.precheck.verdict import term_in_words
from registry.matching.profiles import Profile


@dataclass(frozen=True, slots=True)
class TermChoice:
    """One term that the offer might begin in, and whom it would then collide with."""

    term: str
    set_up: int  #: with a run there already
    expected: int  #: that usually come in that half of the year
    is_chosen: bool = False
    is_best: bool = False

    @property
    def total(self) -> int:
        return self.set_up + self.expected


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that could be planned otherwise. ``asked`` is what the address then says, None takes a parameter out."""

    label: str  #: a msgid
    asked: Mapping[str, str | None]
    remaining: int  #: overlaps within reach and at the same time


def term_choices(
    neighbours: Sequence[Neighbour], profile: Profile, when: When, coming: Sequence[str]
) -> list[TermChoice]:
    """Every coming term as the first one, for as many terms as are planned; the best are those with the fewest collisions."""
    length = max(len(when.planned), 1)
    found = []
    for term in coming:
        met = meeting(neighbours, profile, replace(when, planned=planned_terms(term, length)))
        set_up = met[Timing.SAME_TERM]
        chosen = bool(when.planned) and when.planned[0] == term
        found.append(TermChoice(term, set_up, met.total() - set_up, chosen))
    least = min((one.total for one in found), default=None)
    return [replace(one, is_best=one.total == least) for one in found]


def advice(choices: Sequence[TermChoice]) -> Sentence | None:
    """Which of the coming terms to choose, and why; None where nothing tells them apart."""
    best = [one for one in choices if one.is_best]
    if not best or len(best) == len(choices):
        return None
    names = listed([term_in_words(one.term) for one in best])
    chosen = next((one for one in choices if one.is_chosen), None)
    if chosen is not None and chosen.is_best:
        return Sentence("Terminen dere har valgt, er blant dem som kolliderer minst: %(why)s", why=_why(chosen))
    return Sentence("Færrest kollisjoner i %(terms)s: %(why)s", terms=names, why=_why(best[0]))


def _why(one: TermChoice) -> Sentence:
    if not one.total:
        return Sentence("ingen like tilbud innen rekkevidde har kull eller pleier å gå da.")
    set_up = counted("%(count)s likt tilbud har kull da", "%(count)s like tilbud har kull da", one.set_up)
    expected = counted(
        "%(count)s likt tilbud pleier å gå i det halvåret",
        "%(count)s like tilbud pleier å gå i det halvåret",
        one.expected,
    )
    if one.set_up and one.expected:
        return Sentence("%(set_up)s, og %(expected)s.", set_up=set_up, expected=expected)
    return Sentence("%(what)s.", what=set_up if one.set_up else expected)


REGIONS: Mapping[str, Sentence] = {
    "east": Sentence("Region øst"),
    "west": Sentence("Region vest"),
    "north": Sentence("Region nord"),
}
ONLINE, ON_SITE = Sentence("På nett"), Sentence("På et sted")


def changes(neighbours: Sequence[Neighbour], profile: Profile, when: When) -> list[Change]:
    """Another way of teaching, and each other region; with how many overlaps would remain."""
    found = []
    if not profile.online:
        found.append(_change(ONLINE, {"form": "online"}, neighbours, replace(profile, online=True), when))
    else:
        found.append(_change(ON_SITE, {"form": "campus"}, neighbours, replace(profile, online=False), when))
    for region, label in REGIONS.items():
        if profile.regions != {region}:
            there = replace(profile, regions=frozenset({region}), counties=frozenset())
            found.append(_change(label, {"region": region, "kommune": None}, neighbours, there, when))
    return found


def _change(
    label: str, asked: Mapping[str, str | None], neighbours: Sequence[Neighbour], profile: Profile, when: When
) -> Change:
    return Change(label, asked, meeting(neighbours, profile, when).total())
