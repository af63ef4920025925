"""Tilbudsregisteret: the service. One room per user's job, standing on shared ground."""

__version__ = "0.1.0"
