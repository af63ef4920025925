"""The provider's room: announce, keep, cancel, discontinue an offer and its runs."""
