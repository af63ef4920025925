"""Facts about Norway that every room stands on: areas, organisations, subjects, target groups."""
