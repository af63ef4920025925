"""The whole season told in order: runs, applications, displacement with new runs found, decisions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from registry.demo.lives import RunStory, Story, apply_all, decide_all, submit, tell_run
from registry.demo.runs import PlannedRun

PERSONS_PER_APPLICATION = 0.6


@dataclass(frozen=True, slots=True)
class Proposal:
    """A run proposed to somebody whose run was cancelled."""

    story: Story
    run: PlannedRun
    position: int
    score: float
    explanation: str
    chosen_at: datetime | None


@dataclass(slots=True)
class Season:
    """Everything that happened."""

    runs: list[RunStory]
    proposals: list[Proposal] = field(default_factory=list)

    def stories(self) -> Iterator[Story]:
        for told in self.runs:
            yield from told.stories


def tell(planned: Sequence[PlannedRun], *, seed: int, now: datetime, persons: int) -> Season:
    """Simulate every run. ``persons`` is how many invented people there are to apply."""
    randoms = [Random(f"{seed}:life:{run.key}") for run in planned]
    season = Season([tell_run(run, now, rng) for run, rng in zip(planned, randoms, strict=True)])
    for told, rng in zip(season.runs, randoms, strict=True):
        apply_all(told, _people(told.run, persons, rng), now, rng)
    for told, rng in zip(season.runs, randoms, strict=True):
        if told.cancelled_for:
            decide_all(told, rng)
    _relocate(season, now, Random(f"{seed}:relocate"))
    for told, rng in zip(season.runs, randoms, strict=True):
        if not told.cancelled_for:
            decide_all(told, rng)
    return season


def person_region(person: int) -> str:
    """Half of the invented people live in the east, three of ten in the west, two in the north."""
    return ("east", "east", "east", "east", "east", "west", "west", "west", "north", "north")[person % 10]


def _people(run: PlannedRun, persons: int, rng: Random) -> Iterator[int]:
    """Different persons, mostly of the run's own region unless it is taught online."""
    met: set[int] = set()
    home = None if run.offer.delivery == "online" else run.offer.institution.region
    while True:
        person = rng.randrange(persons)
        if person in met or (home and person_region(person) != home and rng.random() < 0.85):
            continue
        met.add(person)
        yield person


def _relocate(season: Season, now: datetime, rng: Random) -> None:
    """Up to three nearest alike runs for each displaced applicant; one in four takes one of them in time."""
    alike: dict[tuple[str, str], list[RunStory]] = {}
    for told in season.runs:
        if not told.cancelled_for:
            alike.setdefault((told.run.offer.content.subject.code, told.run.term), []).append(told)
    met = {(told.run.key, story.person) for told in season.runs for story in told.stories}
    for told in season.runs:
        if told.displaced_at is None or told.displaced_at >= now or told.run.offer.institution.counts_only:
            continue
        candidates = alike.get((told.run.offer.content.subject.code, told.run.term), [])
        nearest = sorted(candidates, key=lambda other: (-_nearness(told.run, other.run), other.run.key))[:3]
        for story in told.stories:
            if story.columns["standing"] == "displaced":
                _propose(season, story, told.displaced_at, nearest, now, met, rng)


def _propose(
    season: Season,
    story: Story,
    at: datetime,
    nearest: list[RunStory],
    now: datetime,
    met: set[tuple[str, int]],
    rng: Random,
) -> None:
    taken = rng.random() < 0.25
    for position, other in enumerate(nearest, start=1):
        moved_at = at + timedelta(days=rng.randint(1, 3), hours=rng.randint(1, 9))
        fits = moved_at < other.decided_at and not other.run.offer.institution.counts_only
        chosen = taken and fits and moved_at < now and (other.run.key, story.person) not in met
        if chosen:
            taken = False
            met.add((other.run.key, story.person))
            moved = submit(other.run, story.person, moved_at, now, rng)
            moved.applied_at, moved.moved_from = story.applied_at, story
            other.stories.append(moved)
        score = _nearness(story.run, other.run)
        why = "Samme innhold" if story.run.offer.content == other.run.offer.content else "Samme fag"
        where = (
            "på nett"
            if other.run.offer.delivery == "online"
            else "i samme region"
            if score >= 0.6
            else "i en annen region"
        )
        season.proposals.append(
            Proposal(story, other.run, position, score, f"{why} {where}", moved_at if chosen else None)
        )


def _nearness(one: PlannedRun, other: PlannedRun) -> float:
    score = 0.3
    if one.offer.content == other.offer.content:
        score += 0.3
    if other.offer.delivery == "online" or one.offer.institution.region == other.offer.institution.region:
        score += 0.3
    return round(score, 2)
