"""The same offer twice at one provider, and what only looks like it."""

from decimal import Decimal

import pytest

from registry.matching.duplicates import FEATURES, DuplicatePair, Verdict, duplicates, merge_sets
from registry.matching.duplicates.features import NAMES
from registry.matching.duplicates.telling import account
from registry.matching.profiles import Profile, make_profile


def record(code: str, title: str, source: str = "dbh", provider: str = "0238", **more: object) -> Profile:
    return make_profile(f"{source}:{provider}:{code}", provider, title, code=code, source=source, **more)


def only(*records: Profile, predecessors: dict[str, str] | None = None, least: float = 0.5) -> DuplicatePair | None:
    found = duplicates(
        [*records, record("NOISE", "Årsstudium i Blues"), record("EMNE", "Enkeltemne - FLKI")],
        {"DUP_POSSIBLE": least},
        predecessors=predecessors,
    )
    assert len(found) <= 1
    return found[0] if found else None


def test_two_codes_in_one_source_are_suspected_and_never_sure() -> None:
    names = {"KFK-MAT1": "Matematikk 1- 1.-7. trinn", "KFK-MAB1": "Matematikk 1, 1.-7. trinn"}
    pair = only(*(record(code, name, level="LN") for code, name in names.items()))
    assert pair is not None
    assert (pair.verdict, pair.same_source) == (Verdict.SUSPECTED, True)
    assert pair.evidence


def test_two_sources_with_one_code_are_sure() -> None:
    pair = only(
        record("KFK-MAB1", "Matematikk 1, 1.-7. trinn"), record("kfk-mab1", "Matematikk 1, 1-7", source="sheet")
    )
    assert pair is not None
    assert pair.verdict is Verdict.SURE


def test_school_years_weigh_the_same_for_young_and_old() -> None:
    young = only(record("A", "Engelsk 1, 1.-7. trinn"), record("B", "Engelsk 1, 1-7"), least=0.1)
    old = only(record("A", "Engelsk 1, 5.-10. trinn"), record("B", "Engelsk 1, 5-10"), least=0.1)
    assert young is not None
    assert old is not None
    same = FEATURES[place := NAMES.index("school_years")].levels.index("same")
    assert young.levels[place] == old.levels[place] == same


def test_what_two_records_share_is_never_held_against_them() -> None:
    told = {"level": "LN", "credits": Decimal(30), "settings": ["kindergarten"], "roles": ["teacher"]}
    pair = only(
        record("A", "Barnehagepedagogikk 1, del 1", **told),
        record("A", "Barnehagepedagogikk 1, del 1", "sheet", **told),
        least=0.0,
    )
    assert pair is not None
    assert not [line for line in pair.evidence if line.weight < 0]


def test_people_in_part_the_same_are_told_of_by_what_is_shared_where_it_speaks_for_the_pair() -> None:
    a, b = (
        record(code, "Veiledning", settings=settings, roles=roles)
        for code, settings, roles in (
            ("A", ["kindergarten"], ["teacher", "leader"]),
            ("B", ["kindergarten", "sfo"], ["teacher"]),
        )
    )
    levels = dict.fromkeys(NAMES, 0) | {"role": 2, "setting": 2}
    lines = {line.what: str(line.sentence) for line in account(a, b, levels, {"role": 0.4, "setting": -0.4})}
    assert lines == {
        "role": "Målgruppe: lærere i begge.",
        "setting": "Arbeidssted er ulikt: barnehage og SFO, barnehage.",
    }


def test_two_codes_of_one_level_are_not_told_of_as_a_difference_that_speaks_for_the_pair() -> None:
    a, b = record("A", "Engelsk 1", level="LN"), record("B", "Engelsk 1", level="AR")
    level = FEATURES[place := NAMES.index("level")].levels.index("same")
    assert account(a, b, dict.fromkeys(NAMES, 0) | {NAMES[place]: level}, {"level": 0.3}) == ()


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Matematikk 1, 1.-7. trinn", "Matematikk 1, 1.-7. trinn, nettbasert"),
        ("Praktisk-pedagogisk utdanning, deltid", "Praktisk-pedagogisk utdanning, heltid"),
        ("Pedagogisk veiledning", "Pedagogisk veiledning, Buskerud"),
    ],
)
def test_variants_of_one_offer_are_kept_apart(a: str, b: str) -> None:
    assert only(record("A", a), record("B", b)) is None
    pair = only(record("A", a), record("B", b), least=0.001)
    assert pair is not None
    assert pair.verdict is Verdict.VARIANT
    assert {"marks", "pace"} & {line.what for line in pair.evidence}


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Engelsk 1, 1.-7. trinn", "Engelsk 2, 1.-7. trinn"),
        ("Engelsk 1, 1.-7. trinn", "Engelsk 1, 5.-10. trinn"),
        ("Norsk 1, 1.-7. trinn", "Naturfag 1, 1.-7. trinn"),
        ("Digitale fortellinger 1 (10 studiepoeng)", "Digitale fortellinger 1 (30 studiepoeng)"),
    ],
)
def test_siblings_are_no_duplicates(a: str, b: str) -> None:
    assert only(record("A", a), record("B", b)) is None


def test_two_providers_have_no_duplicates_unless_one_followed_the_other() -> None:
    old, new = (
        record("X", "Engelsk 1, 1-7", provider="0264"),
        record("X", "Engelsk 1, 1-7", provider="1177", source="sheet"),
    )
    assert only(old, new) is None
    assert only(old, new, predecessors={"0264": "1177"}) is not None


@pytest.mark.parametrize(
    ("left", "right", "met"), [(["2025H"], ["2025H"], True), (["2025H"], ["2024H"], False), ([], ["2024H"], True)]
)
def test_records_of_different_terms_and_codes_do_not_meet(left: list[str], right: list[str], met: bool) -> None:
    pair = only(record("A", "Engelsk 1, 1-7", terms=left), record("B", "Engelsk 1, 1-7", terms=right, source="sheet"))
    assert (pair is not None) is met


def test_a_set_holds_one_record_per_source_and_takes_the_best_pair_first() -> None:
    a, b = record("K1", "Engelsk 1, 1.-7. trinn (30 studiepoeng)"), record("K2", "Engelsk 1, 1.-7. trinn")
    twin = record("K1", "Engelsk 1, 1.-7. trinn (30 studiepoeng)", source="sheet", credits=Decimal(30))
    pairs = duplicates([a, b, twin])
    assert merge_sets(pairs, [a, b, twin]) == [frozenset({a.key, twin.key})]


def test_a_persons_decision_beats_the_score() -> None:
    a, twin = record("K1", "Engelsk 1, 1-7"), record("K1", "Engelsk 1, 1-7", source="sheet")
    other = record("K9", "Noe helt annet")
    pairs = duplicates([a, twin, other])
    assert merge_sets(pairs, [a, twin, other], different=[(a.key, twin.key)]) == []
    assert merge_sets(pairs, [a, twin, other], same=[(a.key, other.key)], different=[(a.key, twin.key)]) == [
        frozenset({a.key, other.key})
    ]


def test_contradicting_decisions_are_refused() -> None:
    a, b = record("K1", "Engelsk 1"), record("K2", "Engelsk 2")
    with pytest.raises(ValueError, match="contradict"):
        merge_sets([], [a, b], same=[(a.key, b.key)], different=[(b.key, a.key)])


def test_order_does_not_matter() -> None:
    records = [
        record(f"K{n}", title, source=source)
        for source in ("dbh", "sheet")
        for n, title in enumerate(("Engelsk 1, 1-7", "Norsk 1", "Norsk 1, nett"))
    ]
    assert duplicates(records) == duplicates(records[::-1])


def test_one_source_that_gives_two_subjects_means_two_studies() -> None:
    one, other = "Norsk 2, 1.–7. trinn: språk og litteratur", "Norsk 2 1–7 – språk og litteratur"
    mine, second = record("A", one, subjects=["norsk"]), record("B", other, subjects=["norsk-andrespraak"])
    elsewhere = record("A", other, source="sheet", subjects=["norsk-andrespraak"])
    assert only(mine, record("B", other, subjects=["norsk"]), least=0.1) is not None
    assert only(mine, second, least=0.01) is None
    assert only(mine, elsewhere) is not None
