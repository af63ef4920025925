"""The parts of a detection: pairs, cases, small subjects and runs at risk. ``operations.detect`` puts them together."""
