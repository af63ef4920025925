"""People, keys and empty sheets from the command line."""

from pathlib import Path

from tests.cli.house import House


def test_people_are_invited_granted_listed_and_revoked(house: House) -> None:
    house.done("user", "invite", "kari@eksempel.no", "--name", "Kari")
    house.done("user", "grant", "kari@eksempel.no", "provider_staff", "--organisation", "1177", "--until", "2099-12-31")
    assert "provider_staff" in house.done("user", "list")
    [kari] = [one for one in house.json("user", "list") if one["email"] == "kari@eksempel.no"]
    [role] = kari["roles"]
    assert (kari["signed_in_before"], role["role"], role["holds"], role["to"]) == (
        False,
        "provider_staff",
        True,
        "2099-12-31",
    )
    house.done("user", "revoke", str(role["id"]))
    assert house.json("user", "list")[0]["roles"] == []
    assert "finner ikke" in house.refused("user", "grant", "ola@eksempel.no", "operator")
    assert "kjenner ikke" in house.refused("user", "grant", "kari@eksempel.no", "owner", "--organisation", "nowhere")


def test_an_access_is_closed_and_opened_and_a_person_is_erased(house: House) -> None:
    house.done("user", "invite", "kari@eksempel.no", "--name", "Kari")
    house.done("user", "grant", "kari@eksempel.no", "coordinator", "--region", "west")
    [kari] = house.json("user", "list")
    assert kari["roles"][0]["region"] == "west"
    number = str(kari["id"])
    assert f"user open {number}" in house.done("user", "close", "kari@eksempel.no")
    assert house.json("user", "list")[0]["state"] == "closed"
    house.done("user", "open", number)
    assert "allerede åpen" in house.refused("user", "open", number)
    house.done("user", "erase", number, "--yes")
    [erased] = house.json("user", "list")
    assert (erased["state"], erased["name"], erased["email"], erased["roles"]) == (
        "erased",
        f"Person {number}",
        None,
        [],
    )


def test_keys_are_rotated_listed_and_dropped(house: House) -> None:
    assert [one["id"] for one in house.json("key", "list")] == ["k1"]
    assert "k2" in house.done("key", "rotate")
    assert [(one["id"], one["in_use"]) for one in house.json("key", "list")] == [("k1", False), ("k2", True)]
    assert "(i bruk)" in house.done("key", "list")
    assert "i bruk" in house.refused("key", "drop", "k2")
    house.done("key", "drop", "k1")
    assert [one["id"] for one in house.json("key", "list")] == ["k2"]
    secret = (house.home / "pseudonym_key.k2").read_text()
    assert secret not in house.done("key", "list") + house.done("key", "list", "--json")


def test_a_key_that_people_stand_under_is_not_dropped_by_mistake(house: House, tmp_path: Path) -> None:
    import_one(house, tmp_path)
    house.done("key", "rotate")
    assert "1 søknader står under k1" in house.refused("key", "drop", "k1")
    import_one(house, tmp_path)  # seen again: moved to the new key
    assert [one["applications"] for one in house.json("key", "list")] == [0, 1]
    house.done("key", "drop", "k1")


def import_one(house: House, folder: Path) -> None:
    offers, sheet = folder / "tilbud.csv", folder / "søknader.csv"
    offers.write_text("Institusjonskode;Tilbudskode;Navn;Termin\r\n1177;T1;Norsk 1;2027H\r\n", encoding="utf-8")
    sheet.write_text("Tilbudskode;Termin;Fødselsnummer;Status\r\nT1;2027H;01810190090;søkt\r\n", encoding="utf-8")
    house.run("import", "offers-sheet", offers)
    house.done("import", "applications-sheet", sheet, "--provider", "1177")


def test_an_empty_sheet_is_written_once(house: House, tmp_path: Path) -> None:
    path = tmp_path / "plan.ods"
    house.done("template", "plan-sheet", path)
    assert path.read_bytes().startswith(b"PK")
    assert "finnes fra før" in house.refused("template", "plan-sheet", path)
    assert ".xlsx" in house.refused("template", "plan-sheet", tmp_path / "plan.pdf", code=2)
    assert "plan-sheet" in house.refused("template", "dbh-347", tmp_path / "x.csv", code=2)
