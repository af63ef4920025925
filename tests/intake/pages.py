"""Reading the room's pages in tests."""

from collections.abc import Callable

from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from sqlmodel import select
from werkzeug.test import TestResponse

from registry.access.policy import Actor
from registry.core.db import Database
from registry.reference.models import Organisation
from tests.intake.deliveries import rows

As = Callable[[Actor], FlaskClient]


def organisation(database: Database, code: str) -> int:
    [found] = rows(database, select(Organisation).where(Organisation.dbh_code == code))
    return int(found.pk)


def soup(response: TestResponse, status: int = 200) -> BeautifulSoup:
    assert response.status_code == status
    return BeautifulSoup(response.text, "html5lib")


def words(response: TestResponse, status: int = 200) -> str:
    return " ".join(soup(response, status).get_text(" ").split())
