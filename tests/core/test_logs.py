"""An applicant's pseudonym is in no log, also where the database itself names it."""

import pytest
from sqlalchemy.exc import IntegrityError

from registry.core.db import Database
from registry.core.logs import told
from tests.applications import making

KEY = "k1:" + "c0ffee" * 10


def test_an_error_of_the_database_is_told_without_its_values(database: Database) -> None:
    def twice() -> None:
        with database.write() as session:
            run = making.run(session)
            for _ in range(2):
                making.application(session, run, applicant_key=KEY)

    with pytest.raises(IntegrityError) as caught:
        twice()
    if not database.is_sqlite:
        assert KEY in str(caught.value.orig)  # the reason why
        assert "uq_application_run_id" in told(caught.value)
    for trace in (False, True):
        assert KEY not in told(caught.value, trace=trace)
    assert "IntegrityError" in told(caught.value)
    assert "making.py" in told(caught.value, trace=True)


def test_other_errors_are_told_as_they_are() -> None:
    assert told(ValueError("no such term")) == "ValueError: no such term"
