"""Keys of pseudonyms: made, followed by new ones, recognised for as long as they are kept, and shown nowhere."""

import stat
from pathlib import Path

import pytest

from registry.access.keyring import Keyring, add_key, drop_key
from registry.core.errors import Conflict, InvalidInput, NotFound
from registry.settings import Settings

SOMEBODY = "01010112345"


def test_the_first_key_is_the_secret_that_settings_make(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    ring = Keyring.of(settings)
    assert ring.keys == {"k1": settings.secret("pseudonym_key")}
    assert ring.current == "k1"


def test_a_new_key_is_in_use_at_once_and_the_old_ones_are_recognised(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    [before] = Keyring.of(settings).pseudonyms(SOMEBODY)
    assert [add_key(settings) for _ in range(10)] == [f"k{number}" for number in range(2, 12)]
    ring = Keyring.of(settings)
    assert ring.current == "k11"  # by number, not as text
    found = ring.pseudonyms(SOMEBODY)
    assert [one.partition(":")[0] for one in found] == [f"k{number}" for number in range(11, 0, -1)]
    assert before in found
    assert len(set(ring.keys.values())) == 11


def test_keys_are_for_their_owner_alone_and_in_no_repr(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    key_id = add_key(settings)
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("pseudonym_key*")} == {0o600}
    ring = Keyring.of(settings)
    assert ring.keys[key_id] not in f"{ring!r} {ring!s}"


def test_what_is_dropped_is_recognised_no_more(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    for _ in range(2):
        add_key(settings)
    drop_key(settings, "k1")
    drop_key(settings, "k2")
    assert list(Keyring.of(settings).keys) == ["k3"]
    with pytest.raises(NotFound):
        drop_key(settings, "k1")
    with pytest.raises(Conflict):
        drop_key(settings, "k3")
    assert add_key(settings) == "k4"


def test_keys_of_the_environment_are_changed_there(tmp_path: Path) -> None:
    settings = Settings(
        home=tmp_path, pseudonym_key="new", pseudonym_key_id="k3", pseudonym_former_keys="k1=first k2=second"
    )
    ring = Keyring.of(settings)
    assert (ring.current, dict(ring.keys)) == ("k3", {"k1": "first", "k2": "second", "k3": "new"})
    for change in (lambda: add_key(settings), lambda: drop_key(settings, "k1")):
        with pytest.raises(Conflict):
            change()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("former", ["k1", "k1=", "k 1=x", "k2=twice"])
def test_former_keys_that_cannot_be_read_are_refused(tmp_path: Path, former: str) -> None:
    settings = Settings(home=tmp_path, pseudonym_key="new", pseudonym_key_id="k2", pseudonym_former_keys=former)
    with pytest.raises(InvalidInput):
        Keyring.of(settings)
