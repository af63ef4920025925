"""What may be queued, and what may not."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from registry.core.db import Database
from registry.core.text import holds_national_id
from registry.messages.models import Message
from registry.messages.operations import Letter, send, send_all, usable_address

AT = {"at": datetime(2026, 3, 1, tzinfo=UTC)}


def ask(database: Database, **changed: Any) -> bool:
    asked: dict[str, Any] = {"kind": "trial", "to": "a@b.no", "language": "nb", "context": AT, "dedupe": "x"}
    with database.write() as session:
        return send(session, **{**asked, **changed})


@pytest.mark.parametrize(
    "to", [None, "", "kari", "a@b", "a b@c.no", "a@b.no\nBcc: x@y.no", "A <a@b.no>", "a@b.no,c@d.no"]
)
def test_who_cannot_be_reached_is_told_nothing(database: Database, to: str | None) -> None:
    assert not usable_address(to)
    assert ask(database, to=to) is False


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"kind": "no-such"}, "no message called"),
        ({"kind": "../layouts"}, "no message called"),
        ({"context": {}}, "not what its example.json names"),
        ({"context": {**AT, "name": "Kari"}}, "not what its example.json names"),
        ({"context": {"at": "13097248022"}}, "national id"),
        ({"context": {"at": ["born", {"id": "130972 48022"}]}}, "national id"),
        ({"dedupe": "x" * 201}, "too long"),
    ],
)
def test_a_wrong_message_is_refused_at_once(database: Database, changed: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        ask(database, **changed)


def test_what_is_no_plain_value_is_refused(database: Database) -> None:
    with pytest.raises(TypeError, match="object cannot be told"):
        ask(database, context={"at": object()})


def test_days_are_kept_as_text(database: Database) -> None:
    assert ask(database, context={"at": date(2026, 3, 1)})
    with database.read() as session:
        assert session.exec(select(Message.context)).one() == {"at": "2026-03-01"}


def test_many_at_once_and_each_only_once(database: Database) -> None:
    letters = [Letter("trial", f"p{number}@b.no", "nb", AT, str(number % 1200)) for number in range(1500)]
    with database.write() as session:
        assert send_all(session, letters) == 1200
    with database.write() as session:
        assert send_all(session, [*letters, Letter("trial", None, "nb", AT, "nobody")]) == 0
        assert send_all(session, []) == 0


@given(st.integers(0, 10**11 - 1).map(lambda number: f"{number:011d}"))
def test_a_national_id_is_known_by_its_check_digits(number: str) -> None:
    weights = ((3, 7, 6, 1, 8, 9, 4, 5, 2), (5, 4, 3, 2, 7, 6, 5, 4, 3, 2))
    made = number[:9]
    for row in weights:
        digit = (11 - sum(int(a) * b for a, b in zip(made, row, strict=True)) % 11) % 11
        if digit == 10:
            return
        made += str(digit)
    assert holds_national_id(f"({made})")
    assert holds_national_id(number) == (number == made)
    assert not holds_national_id(made + "1")
