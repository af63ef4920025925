"""Anyone's room: search, read, compare, save a search."""
