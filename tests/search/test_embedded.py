"""What is the embedded engine's own: processes that share a directory, damage, kills, growth."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from search.embedded import EmbeddedEngine, terms
from search.protocol import SearchQuery, SearchUnavailable
from tests.search.documents import SETTINGS, run

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "index"


def total(engine: EmbeddedEngine, text: str = "") -> int:
    return engine.search(SearchQuery(text)).total


def test_a_reader_sees_every_write_of_another(place: Path) -> None:
    writer, reader = EmbeddedEngine(place, SETTINGS), EmbeddedEngine(place, SETTINGS)
    writer.put([run("a", "Engelsk"), run("b", "Norsk")])
    assert total(reader) == 2
    writer.put([run("a", "Tysk")])
    assert (total(reader, "tysk"), total(reader, "engelsk")) == (1, 0)
    writer.drop(["b"])
    assert (total(reader), reader.count()) == (1, 1)
    writer.rebuild([run(f"r{n}") for n in range(5)])
    assert total(reader) == 5
    writer.wipe()
    assert total(reader) == 0


def test_two_writers_take_turns(place: Path) -> None:
    one, other = EmbeddedEngine(place, SETTINGS), EmbeddedEngine(place, SETTINGS)
    one.put([run("a", version=2)])
    assert other.put([run("a", version=1), run("b")]) == 1
    assert one.digests() == other.digests() == {"a": 2, "b": 0}


def test_what_was_put_outlives_the_engine(place: Path) -> None:
    first = EmbeddedEngine(place, SETTINGS)
    first.put([run("a", "Engelsk", version=3)])
    first.close()
    assert dict(EmbeddedEngine(place, SETTINGS).digests()) == {"a": 3}


def test_an_engine_that_is_closed_says_so(place: Path) -> None:
    engine = EmbeddedEngine(place, SETTINGS)
    engine.put([run("a")])
    engine.close()
    with pytest.raises(SearchUnavailable, match="closed"):
        total(engine)


@pytest.mark.parametrize("call", ["search", "count", "digests"])
def test_without_an_index_there_is_no_empty_answer(place: Path, call: str) -> None:
    engine = EmbeddedEngine(place, SETTINGS)
    with pytest.raises(SearchUnavailable, match=r"no search index in .*registry index rebuild"):
        engine.search(SearchQuery()) if call == "search" else getattr(engine, call)()


def test_an_index_that_vanishes_is_noticed(place: Path) -> None:
    engine = EmbeddedEngine(place, SETTINGS)
    engine.put([run("a")])
    assert total(engine) == 1
    shutil.rmtree(place)
    with pytest.raises(SearchUnavailable, match="no search index"):
        total(engine)


@pytest.mark.parametrize("damage", ["meta.json", "segments", "CURRENT"])
def test_a_damaged_index_is_said_to_be_damaged_and_can_be_rebuilt(place: Path, damage: str) -> None:
    EmbeddedEngine(place, SETTINGS).put([run("a", "Engelsk")])
    live = place / (place / "CURRENT").read_text()
    if damage == "meta.json":
        (live / "meta.json").write_text("{")
    elif damage == "CURRENT":
        (place / "CURRENT").write_text("index-000009")
    else:
        for path in live.glob("*.*"):
            if path.suffix in {".store", ".term", ".idx"}:
                path.write_bytes(b"")
    engine = EmbeddedEngine(place, SETTINGS)
    with pytest.raises(SearchUnavailable, match="registry index rebuild"):
        total(engine)
    engine.rebuild([run("b", "Norsk")])
    assert total(engine, "norsk") == 1


def test_other_settings_ask_for_a_rebuild(place: Path) -> None:
    EmbeddedEngine(place, SETTINGS).put([run("a", "Engelsk")])
    changed = EmbeddedEngine(place, replace(SETTINGS, facets=("subject",)))
    with pytest.raises(SearchUnavailable, match="other settings"):
        total(changed)
    changed.rebuild([run("a", "Engelsk")])
    assert total(changed) == 1


@pytest.mark.parametrize(
    ("searchable", "rebuilt"),
    [
        ({"title": 9.0, "subject": 6.0, "description": 1.0}, False),  # other weights, read alike
        ({"title": 9.0, "subject": 2.0, "description": 1.0}, True),  # the subject is no name any more
        ({"title": 9.0, "subject": 6.0, "description": 7.0}, True),  # another field is the lightest
    ],
)
def test_weights_ask_for_a_rebuild_where_documents_are_read_by_them(
    place: Path, searchable: dict[str, float], *, rebuilt: bool
) -> None:
    before = replace(SETTINGS, searchable={"title": 8.0, "subject": 5.0, "description": 1.0})
    EmbeddedEngine(place, before).put([run("a", "Engelsk")])
    changed = EmbeddedEngine(place, replace(before, searchable=searchable))
    if rebuilt:
        with pytest.raises(SearchUnavailable, match="other settings"):
            total(changed)
    else:
        assert total(changed) == 1


def test_new_synonyms_need_no_rebuild(place: Path) -> None:
    EmbeddedEngine(place, SETTINGS).put([run("a", "Drama")])
    assert total(EmbeddedEngine(place, replace(SETTINGS, synonyms=(("drama", "teater"),))), "teater") == 1


def test_readers_see_the_former_or_the_new_index_and_nothing_between(place: Path) -> None:
    writer, reader = EmbeddedEngine(place, SETTINGS), EmbeddedEngine(place, SETTINGS)
    writer.rebuild([run(f"0-{n}", "Engelsk", term="t0") for n in range(20)])
    seen: list[dict[str, int]] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            seen.append(dict(reader.search(SearchQuery("engelsk", facets=("term",))).facets["term"]))

    thread = threading.Thread(target=read)
    thread.start()
    try:
        for turn in range(1, 15):
            writer.rebuild([run(f"{turn}-{n}", "Engelsk", term=f"t{turn}") for n in range(20)])
    finally:
        done.set()
        thread.join()
    assert len(seen) > 5
    assert all(len(answer) == 1 and set(answer.values()) == {20} for answer in seen)


def test_one_engine_serves_many_threads(place: Path) -> None:
    engine = EmbeddedEngine(place, SETTINGS)
    engine.put([run(f"r{n}", "Engelsk drama") for n in range(50)])
    wrong: list[int] = []

    def work(number: int) -> None:
        for turn in range(15):
            if number == 0:
                engine.put([run(f"r{turn}", "Engelsk drama", version=turn)])
            elif (found := total(engine, "engelsk dram")) != 50:
                wrong.append(found)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_writer_killed_anywhere_leaves_whole_batches(place: Path) -> None:
    """Ten documents a batch, all of one version: after a kill -9 every batch is there whole or not at all."""
    script = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from pathlib import Path
from search.embedded import EmbeddedEngine, terms
from tests.search.documents import SETTINGS, run
engine = EmbeddedEngine(Path({str(place)!r}), SETTINGS)
for version in range(1, 10_000):
    engine.put([run(f"r{{n}}", f"Engelsk {{version}}", version=version) for n in range(10)])
    print(version, flush=True)
"""
    survivor = EmbeddedEngine(place, SETTINGS)
    survivor.put([run(f"r{n}", version=0) for n in range(10)])
    for turn in range(4):
        process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        acknowledged = 0
        for line in process.stdout:
            acknowledged = int(line)
            if acknowledged >= 3 + turn:
                os.kill(process.pid, signal.SIGKILL)
                break
        for line in process.stdout:
            acknowledged = int(line)
        process.wait()
        process.stdout.close()
        versions = set(EmbeddedEngine(place, SETTINGS).digests().values())
        assert len(versions) == 1
        assert versions.pop() >= acknowledged
        assert survivor.count() == total(survivor) == 10
        survivor.rebuild([run(f"r{n}", version=0) for n in range(10)])


def test_many_replacements_do_not_pile_up_in_memory(place: Path) -> None:
    writer, reader = EmbeddedEngine(place, SETTINGS), EmbeddedEngine(place, SETTINGS)
    for version in range(8):
        writer.put([run(f"r{n}", "Engelsk", version=version, county=str(n % 3)) for n in range(300)])
        page = reader.search(SearchQuery("engelsk", facets=("county",)))
        assert (page.total, page.facets["county"]) == (300, {"0": 100, "1": 100, "2": 100})
    assert reader._reader is not None
    assert len(reader._reader.columns) < 8 * 300


def test_words_that_nobody_has_do_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terms, "_KEPT_POSTINGS", 2_000)
    monkeypatch.setattr(terms, "_KEPT_PREFIXES", 20)
    engine = EmbeddedEngine(None, SETTINGS)
    engine.put([run("a", "Norsk")])
    for number in range(100):
        assert total(engine, f"norsk x{number}") == 1
    assert engine._reader is not None
    assert len(engine._reader.terms._kept) <= 2_000 / terms._KEPT_FOR_A_TERM
    assert len(engine._reader.terms._prefixes) <= 20
