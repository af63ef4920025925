"""Invented runs of offers with the shape and the words of the real ones, and queries as people type them."""

import random
from collections.abc import Iterator

from search.protocol import IndexSettings, Near, SearchDocument, SearchQuery

SUBJECTS = (
    *("Engelsk", "Norsk", "Matematikk", "Naturfag", "Samfunnsfag", "Kroppsøving", "Musikk", "Kunst og håndverk"),
    *("Mat og helse", "KRLE", "Spesialpedagogikk", "Tysk", "Fransk", "Spansk", "Nordsamisk", "Sørsamisk"),
    *("Norsk tegnspråk", "Norsk som andrespråk", "Programmering", "Profesjonsfaglig digital kompetanse"),
    *("Veiledning av nyutdannede", "Barnehagepedagogikk", "Språkutvikling", "Begynneropplæring", "Lesing og skriving"),
    *("Regning som grunnleggende ferdighet", "Psykisk helse", "Inkludering", "Klasseledelse", "Vurdering"),
    *("Rådgivning", "Skolebibliotek", "Naturmangfold", "Bærekraftig utvikling", "Skoleledelse", "Styrerutdanning"),
    *(
        "Yrkesfaglig veiledning",
        "Entreprenørskap",
        "Drama",
        "Flerspråklighet",
        "Matematikkundervisning",
        "Digital dømmekraft",
    ),
)
LEVELS = ("1.-7. trinn", "5.-10. trinn", "trinn 8-13", "1 til 10. trinn", "i barnehagen", "for yrkesfag", "i SFO", "")
FRAMES = (
    "{subject} {step} {level}",
    "{subject} {step}, {level}",
    "{subject} for lærere {level} (30 studiepoeng)",
    "Videreutdanning i {subject} {level}",
    "Vidareutdanning i {subject} {step} for lærarar",
    "{subject} {step} - kompetanse for kvalitet",
)
TOPICS = [
    "vurdering",
    "didaktikk",
    "litteratur",
    "grammatikk",
    "muntlig",
    "skriftlig",
    "samhandling",
    "lek",
    "læring",
    "utvikling",
    "medvirkning",
    "mangfold",
    "inkluderende",
    "praksis",
    "tilpasset",
    "opplæring",
    "algebra",
    "geometri",
    "statistikk",
    "sannsynlighet",
    "programmering",
    "språk",
    "kultur",
    "historie",
    "demokrati",
    "miljø",
    "klima",
    "energi",
    "kropp",
    "helse",
    "bevegelse",
    "mat",
    "ernæring",
    "musikk",
    "kunst",
    "design",
    "håndverk",
    "teknologi",
    "digital",
    "dømmekraft",
    "ledelse",
    "organisasjon",
    "veiledning",
    "observasjon",
    "samarbeid",
    "foreldre",
    "overgang",
    "barnehage",
    "skole",
    "yrkesfag",
]
PLACES = (
    ("Oslo", 59.91, 10.75),
    ("Bergen", 60.39, 5.32),
    ("Trondheim", 63.43, 10.40),
    ("Tromsø", 69.65, 18.96),
    ("Stavanger", 58.97, 5.73),
    ("Kristiansand", 58.15, 8.00),
    ("Hamar", 60.79, 11.07),
    ("Bodø", 67.28, 14.40),
    ("Alta", 69.97, 23.27),
    ("Volda", 62.15, 6.07),
    ("Sogndal", 61.23, 7.10),
    ("Notodden", 59.56, 9.26),
    ("Halden", 59.13, 11.39),
    ("Nesna", 66.20, 13.02),
    ("Kautokeino", 69.01, 23.04),
    ("Levanger", 63.75, 11.30),
)
FACETS = ("subject", "institution", "county", "target_group", "delivery", "term", "scope", "measure")
SETTINGS = IndexSettings(
    searchable={
        "title": 6.0,
        "subject": 3.0,
        "institution": 2.0,
        "place": 2.0,
        "target_group": 1.5,
        "description": 1.0,
    },
    facets=FACETS,
    numeric=("credits", "start", "deadline", "price"),
    synonyms=(("KFK", "kompetanse for kvalitet"), ("spesped", "spesialpedagogikk"), ("veiledning", "mentor")),
    stop_words=frozenset({"i", "og", "for", "av", "på", "som", "til", "med", "en", "et"}),
    compound_parts=frozenset(
        [
            "matematikk",
            "undervisning",
            "barnehage",
            "lærer",
            "skole",
            "ledelse",
            "språk",
            "natur",
            "fag",
            "begynner",
            "opplæring",
            "pedagogikk",
            "bibliotek",
        ]
    ),
)
TEXTS = (
    *(
        "engelsk",
        "engelsk 1-7",
        "engelsk 1 1.-7. trinn",
        "norsk 5-10",
        "matematikk",
        "matematikk 2 trinn 5-10",
        "naturfag",
    ),
    *("spesialpedagogikk", "spesped", "barnehagelærer", "videreutdanning norsk", "vidareutdanning", "veiledning"),
    *("norsk som andrespråk", "nordsamisk", "tegnspråk oslo", "programmering", "kroppsøving tromsø", "klasseledelse"),
    *(
        "skoleledelse bergen",
        "styrerutdanning",
        "mat og helse 30 sp",
        "kunst og håndverk",
        "kunst og handverk",
        "musikk",
    ),
    *(
        "krle",
        "psykisk helse",
        "begynneropplæring",
        "lesing og skriving",
        "regning",
        "digital kompetanse",
        "kfk engelsk",
    ),
    *("kompetanse for kvalitet matematikk", "tysk 5-10", "fransk", "spansk 2", "samfunnsfag 1", "drama", "vurdering"),
    *(
        "inkludering i barnehagen",
        "yrkesfag",
        "sfo",
        "rådgivning",
        "skolebibliotek",
        "flerspråklighet",
        "lek og læring",
    ),
    *("e", "en", "eng", "mate", "natur", "vid", "spes", "algebra geometri", "undervisning i matematikk", "hoyskole"),
    *("engelks", "matmatikk", "spesialpedagogik", "naturfga", "norsk xyzzy", "mentor", "bærekraft"),
)
_COUNTIES = tuple(f"county-{number:02}" for number in range(1, 16))
_INSTITUTIONS = tuple(f"Høgskolen nr. {number}" for number in range(1, 41))
_TARGETS = (
    "teacher",
    "kindergarten_teacher",
    "assistant",
    "leader",
    "skilled_worker",
    "pp_service",
    "culture_school",
    "sfo",
)
_DELIVERY = ("online", "gatherings", "campus", "decentralised")
_TERMS = tuple(f"{year}-{half}" for year in range(2022, 2028) for half in ("spring", "autumn"))


def documents(size: int, seed: int = 7) -> Iterator[SearchDocument]:
    """``size`` runs of about ``size / 2.5`` offers; runs of one offer differ in term, place and delivery."""
    chance = random.Random(seed)
    made = offer = 0
    while made < size:
        offer += 1
        subject = SUBJECTS[min(int(chance.expovariate(1 / 12)), len(SUBJECTS) - 1)]
        step, level = chance.choice(("1", "2", "")), chance.choice(LEVELS)
        title = " ".join(chance.choice(FRAMES).format(subject=subject, step=step, level=level).split())
        institution = chance.choice(_INSTITUTIONS)
        targets = tuple(chance.sample(_TARGETS, chance.choice((1, 1, 2, 3))))
        text = " ".join(chance.choices(TOPICS, k=18))
        points = chance.choice((7.5, 15.0, 15.0, 30.0, 30.0, 60.0))
        for _ in range(min(chance.choice((1, 1, 2, 3, 4, 4)), size - made)):
            made += 1
            place, latitude, longitude = chance.choice(PLACES)
            delivery = chance.choice(_DELIVERY)
            yield SearchDocument(
                id=f"run-{made}",
                group=f"offer-{offer}",
                text={
                    "title": title,
                    "subject": subject,
                    "institution": institution,
                    "place": place,
                    "target_group": " ".join(targets),
                    "description": text,
                },
                facets={
                    "subject": (subject,),
                    "institution": (institution,),
                    "county": tuple(chance.sample(_COUNTIES, chance.choice((1, 1, 1, 2)))),
                    "target_group": targets,
                    "delivery": (delivery,),
                    "term": (chance.choice(_TERMS),),
                    "scope": (f"{points:g}",),
                    "measure": (chance.choice(("kfk", "decentralised", "guidance", "own")),),
                    "reach_everywhere": ("1" if delivery == "online" else "0",),
                },
                numbers={
                    "credits": points,
                    "start": float(chance.randrange(19_000, 21_000)),
                    "deadline": float(chance.randrange(19_000, 21_000)),
                    "price": chance.choice((None, 0.0, 5000.0)),
                },
                position=(latitude + chance.uniform(-0.2, 0.2), longitude + chance.uniform(-0.2, 0.2)),
                stored={"title": title, "institution": institution, "place": place, "credits": points},
                version=1,
            )


def queries(text: str) -> list[SearchQuery]:
    """One text under the filters that people combine, always with all eight facets counted."""
    return [
        SearchQuery(text=text, facets=FACETS),
        SearchQuery(text=text, facets=FACETS, filters={"county": ("county-03",)}),
        SearchQuery(text=text, facets=FACETS, filters={"delivery": ("online", "gatherings"), "term": ("2026-autumn",)}),
        SearchQuery(
            text=text,
            facets=FACETS,
            filters={"target_group": ("teacher",), "county": ("county-01", "county-02"), "scope": ("30",)},
        ),
        SearchQuery(text=text, facets=FACETS, ranges={"credits": (15.0, None)}, sort=("deadline", False), page=2),
        SearchQuery(text=text, facets=FACETS, near=Near(63.43, 10.40, 100.0), filters={"delivery": ("campus",)}),
    ]
