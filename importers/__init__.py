"""Importers: bytes in, offer records or refusals out. Knows nothing of the registry.

One module per format under ``importers.formats``; each is found by walking that folder.
"""
