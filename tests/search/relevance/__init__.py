"""Queries with what they mean, and the grades that follow from it. See GUIDE.md."""
