"""Addresses are put together from what the router said once: they must be what it would have said."""

from collections.abc import Callable
from itertools import product

from flask import url_for
from flask.testing import FlaskClient

from registry.catalogue.addresses import address, offer_address
from registry.catalogue.parameters import CatalogueQuery
from registry.core.text import slug
from registry.web.i18n import speaking
from search.embedded import EmbeddedEngine
from search.protocol import SearchEngine

KEYS = ("1120:NOR-1", "a b", "ø&%?#", "50+1", "--", '"<x>')


def test_an_offer_is_where_the_router_says(
    engine: EmbeddedEngine, browse: Callable[[SearchEngine], FlaskClient]
) -> None:
    with browse(engine).application.test_request_context("/nb/tilbud", base_url="https://x.no/under/"):
        for language, key, title in product(("nb", "nn"), KEYS, ("Norsk 1 og å lese", "…")):
            with speaking(language):
                words = slug(title) or "-"
                assert offer_address(key, title) == url_for("catalogue.offer", key=key, words=words)
                assert address(CatalogueQuery()) == f"/under/{language}/tilbud"
