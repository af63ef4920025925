"""The UH coordinator's room: duplicates, overlaps, small subjects, runs at risk, cases, decisions."""
