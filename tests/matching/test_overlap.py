"""What is an overlap and what is not; every pair accounts for itself; a change costs its neighbours and nothing is lost."""

import json
import math
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.matching.defaults import with_defaults
from registry.matching.grades import Reach, Strength
from registry.matching.overlap import OverlapIndex, OverlapPair, overlaps
from registry.matching.profiles import Profile, make_profile
from registry.matching.vectors import TextWeights
from registry.matching.vocabulary import Setting

NOISE = [
    make_profile("n1", "noise-1", "Årsstudium i Blues"),
    make_profile("n2", "noise-2", "Reformasjonen 500 år - MOOC - 10 stp"),
    make_profile("n3", "noise-3", "Enkeltemner ved Fakultet for lærerutdanninger og språk"),
    make_profile("n4", "noise-4", "Enkeltemner ved Fakultet for lærerutdanninger og språk"),
]


def pair_of(a: Profile, b: Profile, **rules: float) -> OverlapPair | None:
    """The pair of two profiles, among noise that must not matter."""
    found = [pair for pair in overlaps([a, *NOISE, b], rules, related=True) if {pair.a, pair.b} == {a.key, b.key}]
    assert len(found) <= 1
    return found[0] if found else None


def titles(a: str, b: str) -> OverlapPair | None:
    return pair_of(make_profile("a", "0238", a), make_profile("b", "1150", b))


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("KOMPiS Engelsk 1, 1.-7. trinn", "Engelsk 1, 1.-7. trinn"),
        ("Engelsk 1: 1.-7. trinn. Kompetanse for kvalitet (30 studiepoeng)", "Engelsk 1, 1-7"),
        ("Matematikk 1MU, trinn 5-10", "Matematikk 1, 5.-10. trinn, nettbasert"),
        ("Nasjonal leiarutdanning for styrarar i barnehagar", "Nasjonal lederutdanning for styrere i barnehager"),
        ("Engelsk - årsstudium", "Årsstudium i engelsk"),
        ("Spesialpedagogikk i barnehagen", "Spesialpedagogikk i barnehagen - Kompetanse for fremtidens barnehage"),
        ("Rektorutdanninga", "Den nasjonale rektorutdanningen"),
        ("Norsk som andrespråk i voksenopplæringa", "Norsk som andrespråk for lærere i voksenopplæringen"),
        ("Norsk som andrespråk for voksenopplæring", "Andrespråkslæring og -undervisning med vekt på vaksne"),
        ("Tverrfaglig utdanning i veiledning", "Tverrprofesjonell veiledning"),
        ("Veilederutdanning", "Pedagogisk veiledning i skole"),  # who says no place of work means the school
        ("Matematikk, didaktikk og koding 1, 1.-7. trinn", "Matematikk 1, 1.-7. trinn"),
    ],
)
def test_the_same_content_for_the_same_people_is_strong(a: str, b: str) -> None:
    pair = titles(a, b)
    assert pair is not None
    assert pair.strength is Strength.STRONG
    assert pair.contradictions == ()


@pytest.mark.parametrize(
    ("a", "b", "against"),
    [
        ("Engelsk 1, 1.-7. trinn", "Engelsk 2, 1.-7. trinn", "step"),
        ("Engelsk 1, 1.-7. trinn", "Engelsk 1, 5.-10. trinn", "school_years"),
        ("Engelsk 1a: Utvikling", "Engelsk 1b: Utvikling", "part"),
        ("Engelsk, årsstudium", "Engelsk, påbyggingsstudium", "kind"),
        ("Digital kompetanse for lærere i grunnskolen", "Digital kompetanse i barnehagen", "setting"),
        ("Matematikk 1, 1.-7. trinn", "Lærerspesialistutdanning i matematikk, trinn 1-7", "kind"),
    ],
)
def test_a_contradiction_is_never_an_overlap(a: str, b: str, against: str) -> None:
    one, other = make_profile("a", "0238", a), make_profile("b", "1150", b)
    assert overlaps([one, other, *NOISE]) == []
    pair = pair_of(one, other)
    if pair is not None:
        assert pair.strength is Strength.RELATED
        assert against in pair.against
        assert pair.contradictions


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Matematikk 1, 1.-7. trinn", "Matematikk 1"),
        ("Matematikk 1, 1.-7. trinn", "Matematikk, 1.-7. trinn"),
        ("Kunst og håndverk 1", "Kunst og håndverk 1"),
        ("Kunst og håndverk 1, 1.-7. trinn", "Kunst og håndverk 1, 1.-10. trinn"),
        ("Norsk 2, 1.-7. trinn", "Norsk 2 for 1-7 trinn, del 2"),
        ("Ungdomssosiologi, årsstudium", "Årsstudium i sosiologi"),  # a side of the subject against the whole of it
        ("Barns språkutvikling og språklæring", "Språkstimulering"),
        ("Karriereveiledning", "Karrierekompetanse"),  # nothing but the names, and they are not alike
        ("Pedagogisk veiledning", "Pedagogisk veiledning i barnehage"),
        ("Småbarnspedagogikk", "Småbarnspedagogikk for andre enn barnehagelærere"),
        ("Innføring i programmering modul 1", "Introduksjon til programmering"),
    ],
)
def test_unknown_is_not_a_match(a: str, b: str) -> None:
    pair = titles(a, b)
    assert pair is not None
    assert pair.strength is Strength.POSSIBLE


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Norsk tegnspråk 1", "Norsk 1"),
        ("Årsstudium i historie", "Latinamerikansk historie"),
        ("Praktisk-pedagogisk utdanning", "Praktisk-pedagogisk utdanning"),
    ],
)
def test_alike_words_are_not_enough(a: str, b: str) -> None:
    pair = titles(a, b)
    assert pair is None or pair.strength is Strength.RELATED


def test_one_institution_never_overlaps_with_itself() -> None:
    assert pair_of(make_profile("a", "1150", "Engelsk 1, 1-7"), make_profile("b", "1150", "Engelsk 1, 1-7")) is None


@pytest.mark.parametrize(
    ("left", "right", "window", "common"),
    [
        ({"2025H"}, {"2025H", "2026V"}, 0, ("2025H",)),
        ({"2025H", "2025V"}, {"2025H", "2025V"}, 0, ("2025V", "2025H")),
        ({"2025H"}, {"2026V"}, 0, None),
        ({"2025H"}, {"2026V"}, 1, ()),
        ({"2025V"}, {"2026V"}, 1, None),
        (set(), {"2026V"}, 0, ()),
    ],
)
def test_the_term_is_a_gate(left: set[str], right: set[str], window: int, common: tuple[str, ...] | None) -> None:
    a, b = (make_profile(key, key, "Engelsk 1, 1-7", terms=terms) for key, terms in (("a", left), ("b", right)))
    pair = pair_of(a, b, OVL_TERM_WINDOW=window)
    assert (pair.terms if pair else None) == common


@pytest.mark.parametrize(
    ("left", "right", "reach"),
    [
        ({"counties": {"46"}, "regions": {"vest"}}, {"counties": {"46"}, "regions": {"vest"}}, Reach.SAME_COUNTY),
        ({"counties": {"46"}, "regions": {"vest"}}, {"counties": {"11"}, "regions": {"vest"}}, Reach.SAME_REGION),
        ({"regions": {"vest"}, "online": True}, {"regions": {"ost"}}, Reach.ONLINE),
        ({"regions": {"vest"}}, {"regions": {"ost"}}, Reach.NONE),
        ({}, {"regions": {"ost"}}, Reach.UNKNOWN),
    ],
)
def test_reach_stands_beside_and_never_changes_the_score(
    left: dict[str, object], right: dict[str, object], reach: Reach
) -> None:
    a = make_profile("a", "a", "Engelsk 1, 1-7", **left)
    b = make_profile("b", "b", "Engelsk 1, 1-7", **right)
    pair, plain = pair_of(a, b), titles("Engelsk 1, 1-7", "Engelsk 1, 1-7")
    assert pair is not None
    assert plain is not None
    assert (pair.reach, pair.score) == (reach, plain.score)


def test_what_is_given_beats_what_the_name_tells() -> None:
    a = make_profile(
        "a",
        "a",
        "Engelsk for lærere",
        school_years="1-7",
        step=1,
        subjects=["engelsk"],
        settings=[Setting.COMPULSORY_SCHOOL],
    )
    pair = pair_of(a, make_profile("b", "b", "Engelsk 1, 1.-7. trinn"))
    assert pair is not None
    assert pair.strength is Strength.STRONG


def test_very_different_sizes_lower_the_score() -> None:
    def with_credits(amount: int) -> float:
        a = make_profile("a", "a", "Klasseledelse", credits=Decimal(30))
        pair = pair_of(a, make_profile("b", "b", "Klasseledelse", credits=Decimal(amount)))
        assert pair is not None
        return pair.score

    assert with_credits(30) > with_credits(20) > with_credits(5)


def test_where_likeness_is_neutral_is_a_rule() -> None:
    a, b = (
        make_profile("a", "a", "Engelsk 1 – barnelitteratur"),
        make_profile("b", "b", "Engelsk 1 – ungdomslitteratur"),
    )
    lenient, shipped, strict = (pair_of(a, b, OVL_EVEN=even) for even in (0.3, 0.5, 0.7))
    assert lenient is not None
    assert shipped is not None
    assert strict is not None
    assert lenient.score > shipped.score > strict.score


def test_the_evidence_adds_up_to_the_score() -> None:
    rules = with_defaults()
    listed = overlaps(COUNTRY, related=True)
    assert listed
    for pair in listed:
        assert pair.evidence
        total = rules["OVL_W_BASE"] + sum(points for _, points in pair.points)
        assert pair.score == pytest.approx(1 / (1 + math.exp(-total)), abs=1e-4)
        for line in pair.evidence:
            assert line.sentence.endswith(".")
            assert line.weight == round(dict(pair.points)[line.what], 2)


def test_the_fingerprint_changes_with_a_deciding_field_only() -> None:
    a, b = make_profile("a", "a", "Engelsk 1, 1-7"), make_profile("b", "b", "Engelsk 1, 1-7")
    cosmetic = make_profile("b", "b", "KOMPiS Engelsk 1, 1.-7. trinn", terms=["2030H"], regions=["vest"])
    other = make_profile("b", "b", "Engelsk 1, 1-7", credits=Decimal(15))
    prints = [pair.fingerprint for pair in (pair_of(a, b), pair_of(a, cosmetic), pair_of(a, other)) if pair]
    assert prints[0] == prints[1] != prints[2]


def test_best_first_each_pair_once_never_with_itself() -> None:
    listed = overlaps(COUNTRY, related=True)
    assert [pair.score for pair in listed] == sorted((pair.score for pair in listed), reverse=True)
    keys = [(pair.a, pair.b) for pair in listed]
    assert len(keys) == len(set(keys))
    assert all(a < b for a, b in keys)


def test_order_of_the_profiles_does_not_matter() -> None:
    assert overlaps(COUNTRY, related=True) == overlaps(COUNTRY[::-1], related=True)


def test_two_profiles_with_one_key_are_refused() -> None:
    with pytest.raises(ValueError, match="'a'"):
        overlaps([make_profile("a", "x", "Engelsk"), make_profile("a", "y", "Norsk")])


def test_an_unknown_rule_is_refused() -> None:
    with pytest.raises(KeyError, match="OVL_STRNG"):
        overlaps([], {"OVL_STRNG": 0.5})


def test_an_empty_country_has_no_overlaps() -> None:
    assert overlaps([]) == []
    assert OverlapIndex().neighbours(make_profile("a", "a", "Engelsk 1")) == []


def test_the_precheck_of_a_planned_offer_leaves_no_trace() -> None:
    index = OverlapIndex(COUNTRY)
    planned = make_profile("planned", "9999", "Engelsk 1, 1.-7. trinn")
    before = index.pairs(related=True)
    assert {pair.strength for pair in index.neighbours(planned)} >= {Strength.STRONG}
    assert "planned" not in index
    assert index.pairs(related=True) == before


TITLES = (
    "Engelsk 1, 1.-7. trinn", "KOMPiS Engelsk 1, 1-7", "Engelsk 2, 1.-7. trinn", "Engelsk 1, 5.-10. trinn", "Engelsk", "Engelsk, årsstudium",
    "Matematikk 1, 1.-7. trinn", "Matematikk 1", "Spesialpedagogikk", "Spesialpedagogikk i barnehagen", "Fantastiske data for lærere",
    "Fantastiske data", "Enkeltemner", "Norsk 1 (1.-7. trinn)", "Nordisk – årsstudium", "Kunsten å dragge", "", "Sorg: forståelse, støtte og tiltak",
)  # fmt: skip
COUNTRY = [
    make_profile(f"{provider}:{number}", provider, title, terms=["2025H"] if number % 3 else ["2025H", "2026V"])
    for provider in ("0238", "1150", "1175")
    for number, title in enumerate(TITLES)
]
WEIGHTS = TextWeights.fit(" ".join(profile.content) for profile in COUNTRY)
CHANGES = st.lists(
    st.tuples(
        st.sampled_from([p.key for p in COUNTRY] + ["new-1", "new-2"]),
        st.sampled_from([*TITLES, None]),
        st.sampled_from(["0238", "1150", "2222"]),
    ),
    max_size=12,
)


@settings(max_examples=25, deadline=None)
@given(CHANGES)
def test_any_run_of_changes_ends_where_a_rebuild_ends(changes: list[tuple[str, str | None, str]]) -> None:
    index, now = OverlapIndex(COUNTRY, weights=WEIGHTS), {profile.key: profile for profile in COUNTRY}
    for key, title, provider in changes:
        if title is None:
            index.remove(key)
            now.pop(key, None)
        else:
            now[key] = make_profile(key, provider, title, terms=["2025H"])
            index.add(now[key])
    everywhere = OverlapIndex(now.values(), weights=WEIGHTS).pairs(related=True)
    assert index.pairs(related=True) == everywhere
    for key in {key for key, _, _ in changes} & now.keys():
        mine = [pair for pair in everywhere if key in (pair.a, pair.b)]
        assert index.neighbours(now[key], related=True) == mine


def test_the_neighbours_of_everybody_are_all_pairs() -> None:
    index = OverlapIndex(COUNTRY)
    everywhere = index.pairs(related=True)
    for profile in COUNTRY:
        mine = [pair for pair in everywhere if profile.key in (pair.a, pair.b)]
        assert index.neighbours(profile, related=True) == mine


@pytest.mark.parametrize("related", [False, True])
def test_pairs_are_the_same_however_few_are_looked_at_at_a_time(
    monkeypatch: pytest.MonkeyPatch, *, related: bool
) -> None:
    everywhere = OverlapIndex(COUNTRY).pairs(related=related)
    monkeypatch.setattr("registry.matching.candidates._PAIRS_AT_A_TIME", 7)
    monkeypatch.setattr("registry.matching.listing._AT_A_TIME", 2)
    assert list(OverlapIndex(COUNTRY).each_pair(related=related)) == everywhere


def test_weights_of_words_survive_being_kept() -> None:
    kept = TextWeights.from_json(json.loads(json.dumps(WEIGHTS.to_json())))
    assert OverlapIndex(COUNTRY, weights=kept).pairs() == OverlapIndex(COUNTRY, weights=WEIGHTS).pairs()


def test_folding_recent_vectors_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("registry.matching.texts._FOLD_AT", 3)
    index = OverlapIndex(weights=WEIGHTS)
    for profile in COUNTRY:
        index.add(profile)
    assert index.pairs(related=True) == OverlapIndex(COUNTRY, weights=WEIGHTS).pairs(related=True)
