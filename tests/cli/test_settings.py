"""Settings that cannot be are told in one line each, which names the setting and keeps its value to itself."""

import pytest
from click.testing import CliRunner

from registry.cli import main


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("REGISTRY_PORT", "eight", "REGISTRY_PORT kan ikke brukes"),
        ("REGISTRY_SIGN_IN", '[{"name": "feide", "client_secret": "hush"}]', "REGISTRY_SIGN_IN (0.issuer) kan ikke"),
        ("REGISTRY_SIGN_IN", '[{"client_secret": "hush"', "sign_in"),
    ],
)
def test_a_wrong_setting_is_one_clear_line(name: str, value: str, said: str) -> None:
    result = CliRunner().invoke(main, ["check"], env={name: value}, catch_exceptions=False)
    assert result.exit_code == 1
    assert said in result.stderr
    assert "Traceback" not in result.output
    assert "hush" not in result.output
