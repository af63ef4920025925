"""The search engine that needs no server: an index in a directory, read in the caller's process."""

from search.embedded.engine import EmbeddedEngine

__all__ = ["EmbeddedEngine"]
