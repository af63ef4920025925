"""``registry init``: the newest schema, the facts of the reference files and the rules, in one go and again and again."""

from registry.core.db import Database
from registry.migrations.run import upgrade
from registry.reference.load import LOADERS
from registry.rules.register import load_defaults


def initialise(database: Database) -> dict[str, int]:
    """Bring the schema to its newest form and load reference data and rules. Returns rows per table."""
    upgrade(database)
    with database.write() as session:
        counts = {name: load(session) for name, load in LOADERS.items()}
        counts["rules"] = load_defaults(session)
    return counts
