"""What comes of a review, in sentences. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from importers.sentences import Sentence, counted
from registry.coordination.precheck.neighbours import Neighbour
from registry.coordination.precheck.timing import Timing
from registry.coordination.states import WITHIN_REACH, Reach, Strength
from registry.core import terms
from registry.matching.profiles import Profile
from registry.matching.vocabulary import Kind as Kinds


class Kind(StrEnum):
    """What a review may come to."""

    NOT_COMPARED = "not_compared"
    CORE = "core"
    NOTHING = "nothing"
    NEEDED = "needed"
    ELSEWHERE = "elsewhere"
    OVERLAPS = "overlaps"


@dataclass(frozen=True, slots=True)
class Verdict:
    """``headline`` is the answer; ``more`` says what it rests on."""

    kind: Kind
    headline: Sentence
    more: tuple[Sentence, ...] = ()


def term_in_words(term: str) -> Sentence:
    """ "vår 2027", in the reader's language."""
    year, half = terms.parse(term)
    return Sentence("vår %(year)s", year=year) if half == "V" else Sentence("høst %(year)s", year=year)


def is_compared(profile: Profile, rules: Mapping[str, float]) -> bool:
    """Whether the engine looks at such offers at all (rules OVL_PPU and OVL_PREPARATORY)."""
    left_out = {Kinds.PPU: "OVL_PPU", Kinds.PREPARATORY: "OVL_PREPARATORY"}
    rule = left_out.get(profile.kind) if profile.kind else None
    return not profile.is_container and (rule is None or bool(rules[rule]))


def judge(
    profile: Profile, neighbours: Sequence[Neighbour], small: Collection[str], core: Collection[str], *, compared: bool
) -> Verdict:
    """``small`` are codes of small subjects, ``core`` of those that may be taught side by side."""
    if not compared:
        why = Sentence("Praktisk-pedagogisk utdanning, forkurs og samlekoder blir ikke sammenlignet med andre tilbud.")
        return Verdict(Kind.NOT_COMPARED, Sentence("Dette tilbudet kan ikke sjekkes."), (why,))
    overlaps = [one for one in neighbours if one.is_overlap]
    meeting = [one for one in overlaps if one.collides]
    is_small = not set(profile.subjects).isdisjoint(small)
    if meeting:
        strong = sum(one.strength == Strength.STRONG for one in meeting)
        headline = counted(
            "Tilbudet overlapper med %(count)s annet tilbud innen rekkevidde.",
            "Tilbudet overlapper med %(count)s andre tilbud innen rekkevidde.",
            len(meeting),
        )
        more = [_strong(strong, len(meeting)), *_times(meeting)]
        if is_small:
            more.append(Sentence("Faget er lite. Snakk sammen, så det ikke blir to kull med for få søkere."))
        return Verdict(Kind.OVERLAPS, headline, tuple(more))
    if profile.subjects and set(profile.subjects) <= set(core):
        return Verdict(
            Kind.CORE, Sentence("Faget er unntatt: det kan gis flere steder uten at det regnes som overlapp.")
        )
    if is_small:
        return Verdict(
            Kind.NEEDED,
            Sentence("Et lite fag som trenger tilbud: ingen andre gir dette innen rekkevidde til samme tid."),
            tuple(_elsewhere(overlaps)),
        )
    if overlaps:
        return Verdict(
            Kind.ELSEWHERE,
            Sentence("Tilbudet overlapper ikke med noe innen rekkevidde til samme tid."),
            tuple(_elsewhere(overlaps)),
        )
    return Verdict(Kind.NOTHING, Sentence("Ingen annen institusjon har et tilbud som likner."))


def _strong(strong: int, number: int) -> Sentence:
    if strong == number:
        return counted("Overlappet er sterkt.", "Alle %(count)s overlapper sterkt.", strong)
    if not strong:
        return counted(
            "Overlappet er mulig, ikke sterkt.", "Alle %(count)s er mulige overlapp, ingen er sterke.", number
        )
    return counted(
        "%(count)s av dem overlapper sterkt, resten er mulige overlapp.",
        "%(count)s av dem overlapper sterkt, resten er mulige overlapp.",
        strong,
    )


def _times(meeting: Sequence[Neighbour]) -> list[Sentence]:
    """How many have a run in the planned terms, and how many are only expected there."""
    set_up = sum(one.timing is Timing.SAME_TERM for one in meeting)
    expected = sum(one.timing is Timing.EXPECTED for one in meeting)
    said = []
    if set_up:
        said.append(counted("%(count)s har alt kull i samme termin.", "%(count)s har alt kull i samme termin.", set_up))
    if expected:
        said.append(
            counted(
                "%(count)s har ikke kull der ennå, men pleier å gå i det halvåret.",
                "%(count)s har ikke kull der ennå, men pleier å gå i det halvåret.",
                expected,
            )
        )
    return said


def _elsewhere(overlaps: Sequence[Neighbour]) -> list[Sentence]:
    """Where the others are, each counted once: too far away, with a place that nobody knows, or at another time."""
    far = sum(one.reach is Reach.NONE for one in overlaps)
    unknown = sum(one.reach is Reach.UNKNOWN for one in overlaps)
    near = [one for one in overlaps if one.reach in WITHIN_REACH]
    past = sum(one.timing is Timing.PAST for one in near)
    other = len(near) - past
    said = []
    if far:
        said.append(
            counted(
                "%(count)s tilbud likner, men er utenfor rekkevidde.",
                "%(count)s tilbud likner, men er utenfor rekkevidde.",
                far,
            )
        )
    if unknown:
        said.append(
            counted(
                "%(count)s tilbud likner, men vi vet ikke hvor. Velg sted for å se om det er innen rekkevidde.",
                "%(count)s tilbud likner, men vi vet ikke hvor. Velg sted for å se om de er innen rekkevidde.",
                unknown,
            )
        )
    if other:
        said.append(
            counted(
                "%(count)s tilbud innen rekkevidde likner, men går i en annen termin.",
                "%(count)s tilbud innen rekkevidde likner, men går i andre terminer.",
                other,
            )
        )
    if past:
        said.append(
            counted(
                "%(count)s tilbud innen rekkevidde likner, men har ikke gått på lenge.",
                "%(count)s tilbud innen rekkevidde likner, men har ikke gått på lenge.",
                past,
            )
        )
    return said
