"""A snapshot spares reading and changes no answer."""

import random
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.embedded import EmbeddedEngine, engine, reading
from search.embedded.names import Names, pack
from search.embedded.postings import Postings, ReadyTerms, ReadyTermsWriter
from search.embedded.snapshot import Snapshot, SnapshotWriter
from search.protocol import IndexSettings, SearchDocument, SearchPage, SearchQuery
from tests.search.documents import SETTINGS, run

_WORDS = (
    "Engelsk",
    "Norsk",
    "Matematikkundervisning",
    "drama",
    "dansekurs",
    "veiledning",
    "lærarar",
    "RLE",
    "5.-10. trinn",
)
_ASKED = ("", "engelsk", "norsk drama", "matematikk", "mentor", "lærere 5-10", "dra", "engelks", "krle kurs", "xyzzyx")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "index"


@pytest.fixture(autouse=True)
def always_worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "WORTH_A_SNAPSHOT", 1)


def snapshot_of(place: Path) -> Path:
    return place / (place / "CURRENT").read_text() / "snapshot"


def some_run(chance: random.Random, version: int = 0) -> SearchDocument:
    words = " ".join(chance.choices(_WORDS, k=3))
    key = chance.randrange(60)
    return run(
        f"r{key}",
        words,
        group=f"g{key // 2}",
        version=version,
        description=" ".join(chance.choices(_WORDS, k=4)),
        numbers={"credits": chance.choice((None, 15.0, 30.0))},
        subject=chance.choice(("a", "b", "c")),
        county=tuple(chance.sample(("03", "46", "50"), chance.randrange(3))),
    )


def answers(engine: EmbeddedEngine) -> list[SearchPage]:
    filtered: dict[str, tuple[str, ...]] = {"county": ("03", "50")}
    return [
        engine.search(SearchQuery(text, filters=filters, facets=("subject", "county")))
        for text in _ASKED
        for filters in ({}, filtered)
    ]


def without_snapshot(place: Path, settings: IndexSettings = SETTINGS) -> EmbeddedEngine:
    engine = EmbeddedEngine(place, settings)
    snapshot_of(place).rename(place / "aside")
    engine.count()
    (place / "aside").rename(snapshot_of(place))
    return engine


def goes_on_from_a_snapshot(engine: EmbeddedEngine) -> bool:
    assert engine._reader is not None
    return engine._reader._ready_until > 0


def test_an_index_is_opened_with_the_same_answers_scores_and_order(place: Path) -> None:
    chance = random.Random(1)
    EmbeddedEngine(place, SETTINGS).rebuild([some_run(chance, version) for version in range(100)])
    opened = EmbeddedEngine(place, SETTINGS)
    read = without_snapshot(place)
    assert answers(opened) == answers(read)
    assert opened.digests() == read.digests()
    assert goes_on_from_a_snapshot(opened)
    assert not goes_on_from_a_snapshot(read)


@pytest.mark.parametrize("seed", range(4))
def test_what_was_written_after_a_snapshot_counts(place: Path, seed: int) -> None:
    chance = random.Random(seed)
    writer = EmbeddedEngine(place, SETTINGS)
    truth = EmbeddedEngine(None, SETTINGS)
    first = list({one.id: one for one in (some_run(chance) for _ in range(80))}.values())
    writer.rebuild(first)
    truth.rebuild(first)
    for version in range(1, 6):
        gone = [f"r{number}" for number in chance.sample(range(60), 2)]
        changed = list({one.id: one for one in (some_run(chance, version) for _ in range(3))}.values())
        for one in (writer, truth):
            one.drop(gone)
            one.put(changed)
        opened = EmbeddedEngine(place, SETTINGS)
        for mine, wanted in zip(answers(opened), answers(truth), strict=True):
            assert (mine.total, mine.facets, mine.did_you_mean) == (wanted.total, wanted.facets, wanted.did_you_mean)
            assert len(mine.hits) == len(wanted.hits)
        assert opened.digests() == truth.digests()
        assert opened.count() == truth.count()
        assert goes_on_from_a_snapshot(opened)


def test_a_snapshot_is_renewed_when_a_quarter_is_new(place: Path) -> None:
    writer = EmbeddedEngine(place, SETTINGS)
    writer.rebuild([run(f"r{number}", "Norsk") for number in range(40)])
    first = snapshot_of(place).stat().st_ino
    for number in range(12):
        assert snapshot_of(place).stat().st_ino == first
        writer.put([run(f"new{number}", "Drama")])
        if snapshot_of(place).stat().st_ino != first:
            break
    assert number == 11  # after ten that nobody had read and one more that tells of them
    opened = EmbeddedEngine(place, SETTINGS)
    assert opened.search(SearchQuery("drama")).total == number + 1
    assert writer.search(SearchQuery("drama")).total == number + 1


def test_searches_do_not_wait_for_a_snapshot(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[int] = []

    def writing(*_: object) -> None:
        thread = threading.Thread(target=lambda: found.append(shared.search(SearchQuery("drama")).total), daemon=True)
        thread.start()
        thread.join(20)

    shared = EmbeddedEngine(place, SETTINGS)
    shared.rebuild([run("a", "Norsk")])
    monkeypatch.setattr(engine, "write_snapshot", writing)
    for key in ("b", "c"):
        shared.put([run(key, "Drama")])
    assert found == [2]


@pytest.mark.parametrize("left", [0, 10, 0.5, 0.999])
def test_a_snapshot_that_was_cut_off_is_left_alone(place: Path, left: float) -> None:
    EmbeddedEngine(place, SETTINGS).rebuild([run("a", "Norsk"), run("b", "Drama")])
    whole = snapshot_of(place).read_bytes()
    snapshot_of(place).write_bytes(whole[: int(left * len(whole) if left < 1 else left)])
    opened = EmbeddedEngine(place, SETTINGS)
    assert opened.search(SearchQuery("norsk")).total == 1
    assert not goes_on_from_a_snapshot(opened)


def test_other_weights_are_read_anew(place: Path) -> None:
    documents = [run("a", "Norsk", institution="Drama"), run("b", "Drama", institution="Norsk norsk")]
    EmbeddedEngine(place, SETTINGS).rebuild(documents)
    others = replace(SETTINGS, searchable={"title": 5.0, "institution": 2.4, "description": 1.0})
    opened = EmbeddedEngine(place, others)
    expected = EmbeddedEngine(None, others)
    expected.rebuild(documents)
    assert opened.search(SearchQuery("norsk")).hits == expected.search(SearchQuery("norsk")).hits
    assert not goes_on_from_a_snapshot(opened)


def test_a_snapshot_that_fails_leaves_the_former(tmp_path: Path) -> None:
    path = tmp_path / "snapshot"
    with SnapshotWriter(path) as file:
        file.add("some", np.arange(3))
    with pytest.raises(OSError, match="full"), SnapshotWriter(path) as file:
        file.add("some", np.arange(9))
        raise OSError("full")
    assert Snapshot(path).array("some").tolist() == [0, 1, 2]
    assert list(tmp_path.iterdir()) == [path]


def test_changes_to_what_was_mapped_stay_with_the_reader(tmp_path: Path) -> None:
    with SnapshotWriter(tmp_path / "snapshot") as file:
        file.add("some", np.arange(3))
    Snapshot(tmp_path / "snapshot").array("some")[0] = 7
    assert Snapshot(tmp_path / "snapshot").array("some").tolist() == [0, 1, 2]


@given(ready=st.lists(st.text(), unique=True), added=st.lists(st.text()))
def test_names_are_found_by_what_they_were_last_added_as(ready: list[str], added: list[str]) -> None:
    names = Names(pack(ready))
    assert [names.append(name) for name in added] == list(range(len(ready), len(ready) + len(added)))
    both = [*ready, *added]
    assert names.every() == [names[number] for number in range(len(names))] == both
    for name in both:
        assert names.find(name) == len(both) - 1 - both[::-1].index(name)
    assert names.find("".join(both) + "other") is None


@given(
    kept=st.dictionaries(
        st.integers(0, 10_000),
        st.tuples(st.floats(2**-10, 2**10, width=32), st.floats(2**-10, 2**10, width=32), st.integers(0, 2)),
        max_size=400,
    )
)
def test_a_term_comes_back_as_it_was_kept(
    tmp_path_factory: pytest.TempPathFactory, kept: dict[int, tuple[float, float, int]]
) -> None:
    path = tmp_path_factory.getbasetemp() / "terms"
    rows = np.array(sorted(kept), np.int32)
    weights, light, told = (np.array([kept[int(row)][at] for row in rows]) for at in range(3))
    every = Postings(rows, weights.astype(np.float32), told.astype(np.uint8), 7)
    some = every.told > 0
    telling = Postings(rows[some], light[some].astype(np.float32), every.told[some], 7)
    with SnapshotWriter(path) as file:
        terms = ReadyTermsWriter(file)
        terms.add("drama", every, telling)
        terms.finish()
        file.facts["until"] = 7
    ready = ReadyTerms(Snapshot(path))
    for wanted, found in (
        (every, ready.postings("drama", telling=False)),
        (telling, ready.postings("drama", telling=True)),
    ):
        assert found.until == 7
        for one, other in ((wanted.rows, found.rows), (wanted.weights, found.weights), (wanted.told, found.told)):
            assert one.dtype == other.dtype
            assert one.tolist() == other.tolist()
    assert not len(ready.postings("norsk", telling=False).rows)
