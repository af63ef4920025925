"""Titles, descriptions and learning outcomes of invented offers, in bokmål and nynorsk.

The same content is worded differently by different institutions, as in life: that is what makes comparison hard.
"""

from dataclasses import dataclass
from random import Random

from registry.demo.contents import Content


@dataclass(frozen=True, slots=True)
class Text:
    """The words of one offer in its own language."""

    title: str
    description: str
    outcomes: str


_TITLE_WITH_YEARS = (
    "{head} for {a}.–{b}. trinn",
    "{head}, {a}.–{b}. trinn",
    "{head}, trinn {a}–{b}",
    "{head} ({a}.–{b}. trinn)",
    "{head} {a}–{b}",
)
_OPENINGS = {
    "nb": (
        "Studiet gir faglig og didaktisk fordypning i {name}.",
        "Videreutdanningen er for deg som vil utvikle egen praksis i arbeidet med {name}.",
        "Her møter du ny forskning og andre som arbeider med {name}.",
        "Studiet bygger på din egen erfaring og gir et felles språk for arbeidet med {name}.",
    ),
    "nn": (
        "Studiet gir fagleg og didaktisk fordjuping i {name}.",
        "Vidareutdanninga er for deg som vil utvikle eigen praksis i arbeidet med {name}.",
        "Her møter du ny forsking og andre som arbeider med {name}.",
        "Studiet byggjer på di eiga erfaring og gir eit felles språk for arbeidet med {name}.",
    ),
}
_MIDDLES = {
    "nb": (
        "Sentrale temaer er {a}, {b} og {c}.",
        "Du arbeider med {a} og {b}, og prøver ut opplegg om {c} på egen arbeidsplass.",
        "Vi legger vekt på {a}, men tar også opp {b} og {c}.",
    ),
    "nn": (
        "Sentrale tema er {a}, {b} og {c}.",
        "Du arbeider med {a} og {b}, og prøver ut opplegg om {c} på eigen arbeidsplass.",
        "Vi legg vekt på {a}, men tek også opp {b} og {c}.",
    ),
}
_FORMS = {
    "nb": {
        "campus": "Undervisningen er på campus én dag i uken.",
        "gatherings": "Undervisningen er lagt til tre samlinger med nettarbeid mellom dem.",
        "online": "Studiet er nettbasert, med faste digitale møter på ettermiddagstid.",
        "hybrid": "Du kan møte på campus eller følge undervisningen direkte på nett.",
    },
    "nn": {
        "campus": "Undervisninga er på campus éin dag i veka.",
        "gatherings": "Undervisninga er lagd til tre samlingar med nettarbeid imellom.",
        "online": "Studiet er nettbasert, med faste digitale møte på ettermiddagstid.",
        "hybrid": "Du kan møte på campus eller følgje undervisninga direkte på nett.",
    },
}
_OUTCOME_HEAD = {"nb": "Etter fullført studium kan du", "nn": "Etter fullført studium kan du"}
_OUTCOMES = {
    "nb": (
        ("gjøre rede for {t}", "vise bred kunnskap om {t}", "forklare sentrale begreper i {t}"),
        ("planlegge, gjennomføre og vurdere arbeid med {t}", "legge til rette for {t}", "utvikle opplegg om {t}"),
        (
            "bruke forskning om {t} i egen praksis",
            "drøfte forskning om {t}",
            "vurdere kritisk hvordan det arbeides med {t}",
        ),
        ("samarbeide med kolleger om {t}", "veilede andre i {t}", "dele erfaringer fra arbeidet med {t}"),
    ),
    "nn": (
        ("gjere greie for {t}", "vise brei kunnskap om {t}", "forklare sentrale omgrep i {t}"),
        ("planleggje, gjennomføre og vurdere arbeid med {t}", "leggje til rette for {t}", "utvikle opplegg om {t}"),
        (
            "bruke forsking om {t} i eigen praksis",
            "drøfte forsking om {t}",
            "vurdere kritisk korleis ein arbeider med {t}",
        ),
        ("samarbeide med kollegaer om {t}", "rettleie andre i {t}", "dele erfaringar frå arbeidet med {t}"),
    ),
}


def lowered(name: str) -> str:
    """A subject's name inside a sentence: capital only where it is an abbreviation."""
    return name if name[1:2].isupper() else name[:1].lower() + name[1:]


def write(
    content: Content, topics: list[dict[str, str]], language: str, delivery: str, points: str, rng: Random
) -> Text:
    """The words of one offer. ``language`` is "nb" or "nn"; ``topics`` are the area's five."""
    name = content.subject.name_nn if language == "nn" else content.subject.name_nb
    said = [topic[language] for topic in topics]
    order = _emphasis(content)
    first, second, third = (said[index] for index in order[:3])
    description = " ".join(
        (
            rng.choice(_OPENINGS[language]).format(name=lowered(name)),
            rng.choice(_MIDDLES[language]).format(a=first, b=second, c=third),
            _FORMS[language][delivery],
        )
    )
    lines = [
        rng.choice(choices).format(t=topic)
        for choices, topic in zip(_OUTCOMES[language], _outcome_topics(content, said, order), strict=True)
    ]
    outcomes = _OUTCOME_HEAD[language] + "\n" + "\n".join(f"– {line}" for line in lines)
    return Text(title(content, topics, language, points, rng), description, outcomes)


def title(content: Content, topics: list[dict[str, str]], language: str, points: str, rng: Random) -> str:
    """A title in one of the ways that institutions write them."""
    name = content.subject.name_nn if language == "nn" else content.subject.name_nb
    head = f"{name} {content.step}" if content.step else name
    if content.years:
        a, b = content.years.split("-")
        head = rng.choice(_TITLE_WITH_YEARS).format(head=head, a=a, b=b)
    elif content.focus is None and rng.random() < 0.12:
        head = ("Vidareutdanning i " if language == "nn" else "Videreutdanning i ") + lowered(name)
    if content.focus is not None:
        topic = topics[content.focus][language]
        head = f"{head}: {topic}" if rng.random() < 0.5 else f"{head} – {topic}"
    if rng.random() < 0.2:
        head += f" ({points} studiepoeng)"
    return head


def _emphasis(content: Content) -> tuple[int, int, int, int]:
    """Topics in the content's own order: the focus first; school years and step turn the rest."""
    turn = {"1-7": 0, "5-10": 1, "8-13": 2}.get(content.years or "", 0) + 2 * ((content.step or 1) - 1)
    rest = [(index + turn) % 5 for index in range(5)]
    if content.focus is not None:
        rest.remove(content.focus)
        rest.insert(0, content.focus)
    return rest[0], rest[1], rest[2], rest[3]


def _outcome_topics(content: Content, said: list[str], order: tuple[int, int, int, int]) -> list[str]:
    if content.focus is None:
        return [said[index] for index in order]
    focus = said[content.focus]
    return [focus, focus, said[order[1]], focus]
