"""A person's text goes where the raw row showed the old one, and nowhere else."""

from xml.etree.ElementTree import Element, fromstring

from hypothesis import given
from hypothesis import strategies as st

from importers.nested import mended
from importers.xml_rows import flat, mend

_DC = "http://purl.org/dc/elements/1.1/"
_PREFIXES = {"http://xcri.org/profiles/1.2/catalog": "", _DC: "dc"}
_COURSE = (
    f'<course xmlns="http://xcri.org/profiles/1.2/catalog" xmlns:dc="{_DC}" xmlns:h="http://www.w3.org/1999/xhtml">'
    '<dc:title>A</dc:title><presentation id="1"><start>x</start></presentation>'
    "<presentation><start>y</start></presentation><dc:description><h:p>En</h:p><h:p>To</h:p></dc:description></course>"
)
_PATHS = (
    "dc:title",
    "presentation[2]/start",
    "presentation[1]@id",
    "dc:description",
    "dc:subject",
    "presentation[3]/end",
)
_TEXT = st.text(st.characters(codec="utf-8", categories=("L", "N", "P")), min_size=1, max_size=20)


def course() -> Element:
    return fromstring(_COURSE)


@given(st.dictionaries(st.sampled_from(_PATHS), _TEXT))
def test_the_row_shows_the_repair_and_nothing_else_has_changed(repairs: dict[str, str | None]) -> None:
    element = course()
    mend(element, repairs, _PREFIXES)
    assert flat(element, _PREFIXES) == {**flat(course(), _PREFIXES), **repairs}


def test_an_emptied_element_is_empty() -> None:
    element = course()
    mend(element, {"dc:title": None, "presentation[1]@id": None}, _PREFIXES)
    row = flat(element, _PREFIXES)
    assert (row["dc:title"], row["presentation[1]@id"]) == (None, "")


def test_a_repaired_object_keeps_what_nobody_changed() -> None:
    whole = {"id": "1", "name": [{"value": "A"}], "credits": "5"}
    assert mended(whole, {"name": '[{"value": "B"}]', "credits": "", "town": "{uferdig"}) == {
        "id": "1",
        "name": [{"value": "B"}],
        "credits": None,
        "town": "{uferdig",
    }
    assert mended(whole, None) is whole
    assert mended("ikke et objekt", {"id": "2"}) == {"id": "2"}
