"""Search: documents and queries in, ranked hits and facet counts out. Knows nothing of the registry."""
