"""Texts as vectors: one by one as in the whole."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.matching import vectors

_TEXTS = st.lists(st.text("abcæøå 1-IÅ\u0130\u00a0", max_size=30), min_size=1, max_size=5)


@given(_TEXTS)
def test_a_text_counts_for_the_same_alone_and_among_others(texts: list[str]) -> None:
    matrix = vectors._count(texts)
    for place, text in enumerate(texts):
        part = slice(matrix.indptr[place], matrix.indptr[place + 1])
        places, counts = vectors._counted(text)
        assert (matrix.indices[part].tolist(), matrix.data[part].tolist()) == (places.tolist(), counts.tolist())


@pytest.mark.parametrize("rare", [True, False])
def test_a_vector_is_a_row_of_the_matrix_to_the_last_bit(rare: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["engelsk trinn", "spesialpedagogikk", "", "matematikk trinn", "engelsk trinn"]
    weights = vectors.TextWeights.fit(texts)
    one_by_one = [weights.vector(text, rare=rare) for text in texts]
    monkeypatch.setattr(vectors, "_FEW", 0)
    matrix = weights.vectors(texts, rare=rare)
    for place, (where, values) in enumerate(one_by_one):
        part = slice(matrix.indptr[place], matrix.indptr[place + 1])
        np.testing.assert_array_equal(matrix.indices[part], where)
        np.testing.assert_array_equal(matrix.data[part], values)
