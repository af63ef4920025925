"""The search engine that is a server of its own."""

from search.meilisearch.engine import MeilisearchEngine

__all__ = ["MeilisearchEngine"]
