"""Sentences that are said in the reader's language by whoever has a catalogue."""

import json
import pickle
from gettext import NullTranslations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importers.sentences import NOTHING, Sentence, counted, in_quotes, joined, listed, own_name, restored
from registry.web.catalogues import translations

NB, NN, EN = (translations(language) for language in ("nb", "nn", "en"))


class Numbered(NullTranslations):
    """A language whose words are numbers, so that nothing of the msgid is left."""

    def gettext(self, message: str) -> str:
        return {"Filen er %(what)s.": "1 %(what)s", "et bilde": "2"}[message]

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"{'3' if n == 1 else '4'} %(count)s"


def test_it_is_its_text_in_bokmal() -> None:
    said = Sentence("Filen er %(what)s.", what=Sentence("et bilde"))
    assert said == "Filen er et bilde."
    assert said.by(NB) == said
    assert NOTHING == ""
    assert NOTHING.by(EN) == ""


def test_every_part_is_in_the_catalogues_language() -> None:
    assert Sentence("Filen er %(what)s.", what=Sentence("et bilde")).by(Numbered()) == "1 2"
    assert [counted("%(count)s rad", "%(count)s rader", n).by(Numbered()) for n in (1, 2)] == ["3 1", "4 2"]


def test_what_stands_together_is_said_together() -> None:
    words = ["a", "b", "c"]
    assert [listed(words[:n]) for n in range(4)] == ["", "a", "a og b", "a, b og c"]
    assert listed(words).by(EN) == "a, b and c"
    assert joined(("Fag", NOTHING, Sentence("Verdien mangler.")), ": ").by(NN) == "Fag: Verdien manglar."
    assert in_quotes("x") == "«x»"
    assert in_quotes("x").by(EN) == "“x”"


def test_a_name_that_brings_its_translations_along() -> None:
    name = own_name("Tilbudskode", nn="Tilbodskode", en="Offer code")
    assert [name.by(translations(language)) for language in ("nb", "nn", "en", "se")] == [
        "Tilbudskode", "Tilbodskode", "Offer code", "Tilbudskode",
    ]  # fmt: skip


def test_a_per_cent_sign_is_a_sign() -> None:
    assert Sentence("100 % av radene.") == "100 % av radene."
    assert Sentence("%(value)s er ikke et tall.", value="50 %(x)s %d").by(EN) == "50 %(x)s %d is not a number."


def test_values_may_be_changed_without_the_words() -> None:
    said = Sentence("Rad %(row)s, %(faults)s", row=3, faults=joined(("fnr", in_quotes("fnr")), ": "))
    assert said.changed(str.upper) == "Rad 3, FNR: «FNR»"
    assert said.changed(str.upper).by(EN) == "Row 3, FNR: “FNR”"


VALUES = st.one_of(st.text(), st.integers())
LEAVES = st.builds(lambda value: Sentence("Rad %(row)s", row=value), VALUES)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(joined),
        inner.map(in_quotes),
        st.builds(
            lambda n, one: counted("%(count)s %(what)s", "%(count)s %(what)ser", n, what=one), st.integers(0), inner
        ),
    ),
    max_leaves=5,
)


@given(TREES)
def test_what_is_kept_comes_back_whole(said: Sentence) -> None:
    for again in (restored(json.loads(json.dumps(said.kept()))), pickle.loads(pickle.dumps(said))):
        assert again == said
        assert again.kept() == said.kept()


def test_a_value_that_the_msgid_names_must_be_given() -> None:
    with pytest.raises(KeyError):
        Sentence("Rad %(row)s", other=1)
