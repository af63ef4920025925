"""The table that the rule register loads."""

import pytest

from registry.matching.defaults import DEFAULTS, with_defaults


def test_every_number_has_a_name_a_unit_a_source_and_a_sentence() -> None:
    assert len({rule.id for rule in DEFAULTS}) == len(DEFAULTS)
    for rule in DEFAULTS:
        assert rule.id.isupper()
        assert rule.unit
        assert rule.source
        assert rule.text.endswith(".")


def test_a_caller_replaces_a_number_and_cannot_misspell_one() -> None:
    assert with_defaults({"OVL_STRONG": 0.7})["OVL_STRONG"] == 0.7
    with pytest.raises(KeyError):
        with_defaults({"OVL_STRANG": 0.7})
