"""Some applications are given to the demonstration's own searcher, one for each thing that can happen."""

from collections import Counter
from collections.abc import Callable, Sequence

from registry.demo.lives import Story
from registry.demo.people_pool import SEARCHER

_WANTED: tuple[Callable[[dict[str, object]], bool], ...] = (
    lambda c: c["standing"] == "displaced",
    lambda c: c["answer"] == "offered" and c["standing"] == "open",
    lambda c: c["decision"] == "waitlisted" and c["standing"] == "open",
    lambda c: c["decision"] == "received" and c["endorsement"] == "pending" and c["standing"] == "open",
    lambda c: c["attendance"] == "started",
    lambda c: c["attendance"] == "completed",
    lambda c: c["decision"] == "rejected",
    lambda c: c["standing"] == "withdrawn",
)


def give_to_demo_searcher(stories: Sequence[Story]) -> None:
    """The newest story of each kind, each of another run, becomes the searcher's."""
    taken: set[str] = set()
    ordered: Counter[str] = Counter()
    moved_from = {id(story.moved_from) for story in stories if story.moved_from is not None}
    for wanted in _WANTED:
        for story in reversed(stories):
            free = story.moved_from is None and id(story) not in moved_from
            if free and story.run.key not in taken and wanted(story.columns):
                taken.add(story.run.key)
                story.person = SEARCHER
                if story.columns["standing"] == "open":
                    ordered[story.run.term] += 1
                    story.columns["priority"] = ordered[story.run.term]
                break
