import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importers import json_rows
from importers.json_rows import Json, documents, elements, parts, text_of, whole
from importers.protocol import PayloadRefused

JSON = st.recursive(
    st.none() | st.booleans() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(rows=st.lists(JSON), chunk=st.integers(1, 40), indent=st.sampled_from([None, 1]))
def test_elements_are_those_of_the_array_wherever_the_chunks_fall(rows: list[object], chunk: int, indent: int) -> None:
    before, json_rows._CHUNK = json_rows._CHUNK, chunk
    try:
        assert list(elements(io.StringIO(json.dumps(rows, indent=indent)))) == rows
    finally:
        json_rows._CHUNK = before


@given(rows=st.lists(JSON, min_size=1), cut=st.integers(1, 200))
def test_an_array_that_is_cut_is_always_refused(rows: list[object], cut: int) -> None:
    text = json.dumps(rows)
    with pytest.raises(PayloadRefused):
        list(elements(io.StringIO(text[: max(1, len(text) - cut)])))


def test_numbers_keep_the_text_that_was_sent() -> None:
    digits = "1" * 5_000  # the C backend of ijson ends the process on this
    assert list(elements(io.StringIO(f"[60.00, {digits}, 1e5, NaN, 12]"))) == ["60.00", digits, "1e5", "NaN", "12"]


@pytest.mark.parametrize("chunk", range(1, 9))
def test_a_number_that_goes_on_in_the_next_chunk_is_one_number(monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    monkeypatch.setattr(json_rows, "_CHUNK", chunk)
    assert list(elements(io.StringIO("[12345, 678, true,-1.5e3]"))) == ["12345", "678", True, "-1.5e3"]


def test_lone_surrogates_and_nul_are_seen() -> None:
    assert list(elements(io.StringIO(r'["\ud800", "\u0000", "\ud83d\ude00"]'))) == ["\ud800", "\0", "😀"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"a": 1}', "ikke en JSON-liste"),
        ("", "ikke en JSON-liste"),
        ("[", "avkortet eller ødelagt ved element 1"),
        ("[1, 2", "avkortet etter element 2"),
        ("[1,]", "avkortet eller ødelagt ved element 2"),
        ("[1 2]", "ikke gyldig JSON etter element 1"),
        ("[1] x", "fortsetter etter"),
        ("[1][2]", "fortsetter etter"),
        ("[" * 100_000, "for mange nivåer"),
        ('["' + "x" * 5_000_000, "Element 1 er for langt"),
        ('["a", b' + "x" * 5_000_000 + "]", "Element 2 er for langt, eller ikke gyldig JSON"),
    ],
)
def test_reasons_for_refusal(text: str, reason: str) -> None:
    with pytest.raises(PayloadRefused, match=reason) as refused:
        list(elements(io.StringIO(text)))
    assert refused.value.cure


def test_rows_before_the_fault_come_out_first() -> None:
    found = elements(io.StringIO('[{"a": "1"}, {"a": '))
    assert next(found) == {"a": "1"}
    with pytest.raises(PayloadRefused):
        next(found)


def test_whole_reads_one_small_value_or_refuses() -> None:
    assert whole(io.StringIO('{"a": 1}')) == {"a": "1"}
    for text in ("{", "[" * 100_000 + "]" * 100_000):
        with pytest.raises(PayloadRefused):
            whole(io.StringIO(text))
    with pytest.raises(PayloadRefused):
        whole(io.StringIO('"long"'), limit=3)


def test_values_become_text() -> None:
    assert [text_of(v) for v in (None, "x", True, False, ["å", "1"], {"b": "1", "a": None})] == [
        None, "x", "true", "false", '["å", "1"]', '{"a": null, "b": "1"}',
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[1, {}]", [("", "1"), ("", {})]),
        ("{}", []),
        (' {"a": [1, [2]], "b": {"c": []}, "d": []} ', [("a", "1"), ("a", ["2"]), ("b", {"c": []})]),
        ('{"a": null, "a": "x"}', [("a", None), ("a", "x")]),
    ],
)
def test_what_an_object_holds_comes_piece_by_piece(text: str, expected: list[tuple[str, Json]]) -> None:
    assert list(parts(io.StringIO(text))) == expected


@pytest.mark.parametrize("text", ['{"a": 1', '{"a": [1}', "{a: 1}", '{"a": 1}]', '{"a": [1] "b": 2}', '{"a"}', "3", ""])
def test_an_object_that_is_damaged_is_refused(text: str) -> None:
    with pytest.raises(PayloadRefused):
        list(parts(io.StringIO(text)))


def test_an_array_longer_than_the_window_is_streamed_out_of_its_object() -> None:
    items = [{"n": str(number), "text": "x" * 500} for number in range(5_000)]
    text = json.dumps({"page": {"size": 1}, "items": items, "after": "z"})
    found = list(parts(io.StringIO(text)))
    assert found[0] == ("page", {"size": "1"})
    assert found[1:-1] == [("items", item) for item in items]
    assert found[-1] == ("after", "z")


def test_documents_stand_one_after_another() -> None:
    assert list(documents(io.StringIO('{"a": 1}\n\n{"b": [2]}\n'))) == [{"a": "1"}, {"b": ["2"]}]
    with pytest.raises(PayloadRefused, match="element 2"):
        list(documents(io.StringIO('{"a": 1}\n{"b": ')))


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
@pytest.mark.parametrize(
    ("depth", "fits"), [(150, True), (250, False), (985, False), (990, False), (995, False), (50_000, False)]
)
def test_what_is_nested_too_deep_to_be_written_again_is_refused(
    opening: str, closing: str, depth: int, fits: bool
) -> None:
    for read in (lambda text: list(elements(io.StringIO(f"[{text}]"))), lambda text: whole(io.StringIO(text))):
        try:
            text_of(read(opening * depth + "1" + closing * depth))
        except PayloadRefused:
            assert not fits
        else:
            assert fits


def test_a_long_element_that_is_not_deep_is_read() -> None:
    assert list(elements(io.StringIO(json.dumps([[[]] * 5_000])))) == [[[]] * 5_000]
