"""No form takes what cannot be stored."""

import io

import pytest
from flask.testing import FlaskClient


@pytest.mark.parametrize("sign", ["\x00", "\x0b", "\x0c", "\x1e", "\x7f", "\uffff"])
def test_a_typed_control_character_is_refused_and_shown(client: FlaskClient, sign: str) -> None:
    answer = client.post("/nb/skjema", data={"name": "x" * 200, "reason": f"{'Mange ord. ' * 40}Engelsk{sign}prøve"})
    assert answer.status_code == 400
    assert f"Engelsk\\u{ord(sign):04x}prøve» inneholder et usynlig tegn som ikke kan lagres" in answer.text


def test_so_is_one_in_the_name_of_a_field_or_a_file(client: FlaskClient) -> None:
    assert "usynlig tegn" in client.post("/nb/skjema", data={"na\x0bme": "x"}).text
    assert "usynlig tegn" in client.post("/nb/skjema", data={"file": (io.BytesIO(b"x"), "a\x0bb.csv")}).text


def test_lines_and_tabs_are_ordinary(client: FlaskClient) -> None:
    assert "usynlig tegn" not in client.post("/nb/skjema", data={"name": "a\tb\r\nc æøå 😀"}).text
