"""``registry init``: the newest schema, the facts of the reference files and the rules, in one go and again and again."""

import csv
from datetime import date
from pathlib import Path

from sqlmodel import Session, select

from registry.core.db import Database
from registry.matching.defaults import DEFAULTS
from registry.migrations.run import upgrade
from registry.reference.load import LOADERS
from registry.rules.models import Rule
from registry.rules.register import load_defaults

MATCHING_NN = Path(__file__).parent / "rules" / "matching_nn.csv"
_OWNER, _SINCE = "Nettverket", date(2025, 8, 1)  # the scheme's first day


def initialise(database: Database) -> dict[str, int]:
    """Bring the schema to its newest form and load reference data and rules. Returns rows per table."""
    upgrade(database)
    with database.write() as session:
        counts = {name: load(session) for name, load in LOADERS.items()}
        load_matching_rules(session)
        counts["rules"] = load_defaults(session)
    return counts


def load_matching_rules(session: Session) -> None:
    """Add the first version of every number of the matching that the register lacks."""
    with MATCHING_NN.open(encoding="utf-8", newline="") as handle:
        nynorsk = {row["code"]: row["text_nn"] for row in csv.DictReader(handle)}
    known = set(session.exec(select(Rule.code)).all())
    for rule in DEFAULTS:
        if rule.id not in known:
            session.add(
                Rule(
                    code=rule.id,
                    number=rule.number,
                    unit=rule.unit,
                    owner=_OWNER,
                    citation=rule.source,
                    text_nb=rule.text,
                    text_nn=nynorsk.get(rule.id, rule.text),
                    valid_from=_SINCE,
                )
            )
    session.flush()
