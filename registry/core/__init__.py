"""Shared ground: database, table base, clock, errors, transitions, audit, events, paging. Nobody's job."""
