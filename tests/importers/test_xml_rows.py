"""Reading XML by records: what is thrown away, what is kept, and bounds that no file gets past."""

import time
from pathlib import Path

import psutil
import pytest

from importers import xml_rows
from importers.protocol import PayloadRefused
from importers.xml_rows import flat, records, text_in


def write(folder: Path, content: str | bytes) -> Path:
    path = folder / "feed.xml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def names(path: Path) -> list[list[str]]:
    return [[element.tag for element in opened] for opened in records(path, "all", "one")]


def test_records_come_with_the_elements_they_stand_in(tmp_path: Path) -> None:
    path = write(tmp_path, "<all><part><one/><other><one/></other></part></all>")
    assert names(path) == [["all", "part", "one"], ["all", "part", "other", "one"]]


def test_only_what_is_asked_for_is_kept_outside_records(tmp_path: Path) -> None:
    path = write(tmp_path, "<all><id>1</id><note>n</note><one>a</one><one>b</one></all>")
    kept = [
        [child.tag for child in opened[0] if child is not opened[-1]]
        for opened in records(path, "all", "one", keep=frozenset({"id"}))
    ]
    assert kept[0][0] == "id"
    assert all("note" not in tags for tags in kept)


def test_declared_encodings_are_read(tmp_path: Path) -> None:
    path = write(tmp_path, "<?xml version='1.0' encoding='ISO-8859-1'?><all><one>Læring</one></all>".encode("latin-1"))
    assert [opened[-1].text for opened in records(path, "all", "one")] == ["Læring"]


@pytest.mark.parametrize(
    "content",
    [
        "<all>" + "<a>" * 100_000,
        "<all>" + "<a/>" * 2_000_000 + "</all>",
        "<all><one>" + "<a/>" * 1_000_000 + "</one></all>",
        "<all><one>" + "x" * 20_000_000 + "</one></all>",
        '<all><one a="' + "x" * 20_000_000 + '"/></all>',
        "<all><!--" + "x" * 20_000_000 + "--></all>",
        "<all " + " ".join(f'a{n}="1"' for n in range(600_000)) + "/>",
    ],
    ids=["deep", "wide-outside", "wide-within", "long-text", "long-attribute", "long-comment", "many-attributes"],
)
def test_hostile_files_are_refused_with_little_time_and_memory(tmp_path: Path, content: str) -> None:
    path = write(tmp_path, content)
    started, before = time.process_time(), psutil.Process().memory_info().rss
    with pytest.raises(PayloadRefused, match=r"^Filen har (et element som er for langt|for mange elementer)"):
        names(path)
    assert time.process_time() - started < 5
    assert psutil.Process().memory_info().rss - before < 100_000_000


def test_a_large_file_is_read_in_little_memory(tmp_path: Path) -> None:
    with (tmp_path / "feed.xml").open("w") as stream:
        stream.write("<all>")
        for number in range(20_000):
            stream.write(f"<one><id>{number}</id><text>{'x' * 1_000}</text></one>")
        stream.write("</all>")
    before = psutil.Process().memory_info().rss
    assert sum(1 for _ in records(tmp_path / "feed.xml", "all", "one")) == 20_000
    assert psutil.Process().memory_info().rss - before < 20_000_000


def test_bounds_are_far_above_real_records() -> None:
    assert (xml_rows.MAX_WITHIN, xml_rows.MAX_DEPTH) >= (10_000, 30)


def test_paths_tell_repeated_elements_apart(tmp_path: Path) -> None:
    path = write(tmp_path, '<all><one k="v"><a>1</a><b><c/></b><a x="2"> 2 </a></one></all>')
    (opened,) = records(path, "all", "one")
    assert flat(opened[-1], {}) == {"@k": "v", "a[1]": "1", "b/c": None, "a[2]@x": "2", "a[2]": "2"}


def test_paragraphs_are_kept_apart(tmp_path: Path) -> None:
    page = '<all xmlns:h="http://www.w3.org/1999/xhtml"><one><h:p>A  b</h:p><h:ul><h:li>c</h:li></h:ul> d</one></all>'
    (opened,) = records(write(tmp_path, page), "all", "one")
    assert text_in(opened[-1]) == "A b\nc\nd"
    assert text_in(None) is None
