"""Addresses and marked-up text, also where it was made to take long."""

import time

import pytest

from importers.web import address, prose


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<p>A &lt;b&gt;</p><p> B&nbsp;c </p>", "A <b>\nB c"),
        ("3 < 4 &amp; 5 > 4", "3 < 4 & 5 > 4"),
        ("a<br/>b<style>p {}</style><script>x</script><!-- c -->d", "a\nbd"),
        ("Be\u00adgynner", "Begynner"),
        ("a <b", "a"),
        ("<p><br/></p>", None),
        ("  ", None),
        (None, None),
    ],
)
def test_running_text_has_lines_and_no_tags(text: str | None, expected: str | None) -> None:
    assert prose(text) == expected


@pytest.mark.parametrize("piece", ["<", "<!", "<a ", "<!--", "&", "<a b='", "</", "<script>", "&#", "İ<p>"])
def test_time_grows_with_the_length_only(piece: str) -> None:
    started = time.process_time()
    prose(piece * 200_000)
    assert time.process_time() - started < 3


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://www.x.no/a?b=c", "https://www.x.no/a?b=c"),
        ("www.x.no", "https://www.x.no"),
        ("javascript:alert(1)", None),
        ("https://user@x.no", None),
        ("x", None),
        ("", None),
        (None, None),
    ],
)
def test_addresses(text: str | None, expected: str | None) -> None:
    assert address(text) == expected
