"""Fetching feeds: the one place where the service asks others for data.

``Client.get`` fetches one reply, ``walk`` a service that answers by pages, ``crawl`` the web pages of a sitemap. What came
lies on disk, unpacked, for a format to read. Everything that goes wrong is a ``FetchFailed`` with a sentence for the
feed's keeper.
"""

from importers.fetch.client import Client, Known, Limits, Reply
from importers.fetch.crawling import crawl
from importers.fetch.faults import FetchFailed
from importers.fetch.walking import forget, walk

__all__ = ["Client", "FetchFailed", "Known", "Limits", "Reply", "crawl", "forget", "walk"]
