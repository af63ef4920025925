"""Migrations of the database (Alembic), run by ``registry init``."""
