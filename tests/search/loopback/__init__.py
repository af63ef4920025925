"""A server on loopback that speaks as Meilisearch 1.50 does, as far as the engine asks. See docs/search.md for what it leaves out."""
