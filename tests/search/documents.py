"""Small documents and settings for the tests of search."""

from search.protocol import IndexSettings, SearchDocument

SETTINGS = IndexSettings(
    searchable={"title": 5.0, "institution": 2.0, "description": 1.0},
    facets=("subject", "county", "term", "target"),
    numeric=("credits", "start", "open"),
    preferred="open",
    synonyms=(
        ("KFK", "kompetanse for kvalitet"),
        ("veiledning", "mentor"),
        ("spesped", "spesialpedagogikk"),
        ("KRLE", "religion", "RLE"),
    ),
    stop_words=frozenset({"i", "og", "for", "av", "på"}),
    general_words=frozenset({"undervisning", "kurs"}),
    compound_parts=frozenset(
        {
            "matematikk",
            "undervisning",
            "barnehage",
            "skole",
            "lærer",
            "ledelse",
            "språk",
            "utvikling",
            "dans",
            "veiledning",
        }
    ),
)


def run(
    key: str,
    title: str = "",
    *,
    group: str | None = None,
    version: int = 0,
    position: tuple[float, float] | None = None,
    institution: str = "",
    description: str = "",
    numbers: dict[str, float | None] | None = None,
    names: tuple[str, ...] = (),
    **facets: str | tuple[str, ...],
) -> SearchDocument:
    """A document whose group is its own id unless told otherwise; a facet may be one value or several."""
    return SearchDocument(
        id=key,
        group=group or key,
        text={"title": title, "institution": institution, "description": description},
        facets={name: (value,) if isinstance(value, str) else value for name, value in facets.items()},
        numbers=numbers or {},
        position=position,
        stored={"title": title},
        names=names,
        version=version,
    )
