"""A search and its address."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.catalogue.parameters import PARAMETERS, RADII, SORTS, CatalogueQuery, parse, passed_over
from registry.core.errors import InvalidInput

names = st.sampled_from([parameter.name for parameter in PARAMETERS] + ["q", "fra", "avstand", "sorter", "side", "x"])
values = st.one_of(
    st.text(max_size=250),
    st.sampled_from(
        ["norsk", "18", "1804", "2026H", "2026-08", "1-7", "10-19", "61-", "open", "1", *map(str, RADII), *SORTS]
    ),
)


@given(st.lists(st.tuples(names, values), max_size=12))
def test_the_canonical_address_says_the_same_search(arguments: list[tuple[str, str]]) -> None:
    query = parse(arguments)
    assert parse(query.arguments()) == query


@given(st.lists(st.tuples(names, values), max_size=12), st.randoms())
def test_order_between_parameters_and_values_says_nothing(arguments: list[tuple[str, str]], random: object) -> None:
    several = [pair for pair in arguments if pair[0] in {parameter.name for parameter in PARAMETERS}]
    shuffled = list(several)
    random.shuffle(shuffled)
    assert parse(shuffled).address() == parse(several).address()


def test_empty_unknown_and_impossible_are_left_out() -> None:
    query = parse([("q", "  "), ("fag", ""), ("fylke", "Nordland"), ("side", "-1"), ("sorter", "drop"), ("utm", "x")])
    assert query == CatalogueQuery()
    assert query.address() == ""


def test_the_address_reads_well() -> None:
    query = parse([("side", "2"), ("fylke", "56"), ("fylke", "18"), ("q", " norsk  for \n alle ")])
    assert query.address() == "q=norsk+for+alle&fylke=18&fylke=56&side=2"


def test_choosing_another_value_goes_back_to_the_first_page() -> None:
    query = parse([("fag", "norsk"), ("side", "3")])
    assert query.with_value("county", "18").address() == "fag=norsk&fylke=18"
    assert query.without("subject", "norsk").address() == ""
    assert query.with_value("subject", "engelsk").without("subject") == CatalogueQuery()


def test_distance_is_only_kept_with_a_place() -> None:
    assert parse([("avstand", "50")]).address() == ""
    assert parse([("avstand", "50"), ("fra", "Bodø")]).km == 50
    assert parse([("avstand", "51"), ("fra", "Bodø")]).km == 100


def test_filters_of_the_command_line_go_by_either_name() -> None:
    assert (
        CatalogueQuery.from_filters("norsk", [("county", "18"), ("form", "online")]).address()
        == "q=norsk&fylke=18&form=online"
    )
    with pytest.raises(InvalidInput, match="Ukjent filter"):
        CatalogueQuery.from_filters("", [("farge", "blå")])
    with pytest.raises(InvalidInput, match="kan ikke være"):
        CatalogueQuery.from_filters("", [("county", "Nordland")])


def test_a_filter_that_cannot_be_one_is_told_and_the_rest_is_searched() -> None:
    given = [("q", "engelsk"), ("fylke", "tull"), ("fylke", "18"), ("fylke", ""), ("steg", "99"), ("utm_source", "x")]
    assert passed_over(given) == ["tull", "99"]
    assert parse(given).values("county") == ("18",)


@given(st.lists(st.tuples(names, values), max_size=12))
def test_what_is_passed_over_is_short_and_never_what_is_searched_by(arguments: list[tuple[str, str]]) -> None:
    told = passed_over(arguments)
    assert all(len(value) <= 40 for value in told)
    assert passed_over(parse(arguments).arguments()) == []


@given(st.lists(st.tuples(names, values), max_size=12), st.lists(st.sampled_from(["03", "18", "46"]), unique=True))
def test_many_values_toggled_at_once_give_the_addresses_of_each(
    arguments: list[tuple[str, str]], counties: list[str]
) -> None:
    query = parse([*arguments, ("fylke", "18"), ("side", "3")])
    chosen = query.values("county")
    one_by_one = [
        (code, (query.without("county", code) if code in chosen else query.with_value("county", code)).address())
        for code in counties
    ]
    assert list(query.toggling("county", counties)) == one_by_one
