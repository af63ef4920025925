"""The engine that is a server: Meilisearch, by its official client."""

import secrets
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from typing import Any

from search.breaker import Breaker
from search.checks import check
from search.highlighting import Highlighter
from search.meilisearch.asking import Answer, Question, Questions, page
from search.meilisearch.documents import encode, key_of
from search.meilisearch.filters import any_of
from search.meilisearch.server import ASK_SECONDS, IndexMissing, Server
from search.meilisearch.settings import BUILD, PRIMARY_KEY, RUN, WORDS, fingerprint, query_settings, server_settings
from search.meilisearch.suggesting import suggest
from search.meilisearch.wording import QueryWording, Wording
from search.protocol import IndexSettings, SearchDocument, SearchPage, SearchQuery, SearchUnavailable
from search.telling import Telling

_AT_A_TIME = 1_000  #: documents of one request while an index is built
_KEYS = 500  #: of one filter
_ATTEMPTS = 3
_OTHER_SETTINGS = (
    "The search index on the server was built with other settings. Build it with `registry index rebuild`."
)
_MIXED = "The search index is being replaced. Try again soon."
_NO_PREVIEW = "The search server cannot try other synonyms."
_NOT_WHOLE = "The new index holds {found} documents, not {wanted}; the former one stays."


class MeilisearchEngine:
    """Implements :class:`search.protocol.SearchEngine` over one index of a server.

    Every method raises SearchUnavailable when the server is away, slow, refuses, or holds no index built with these
    settings; a search does so within a second.
    """

    def __init__(
        self,
        url: str,
        settings: IndexSettings,
        *,
        key: str = "",
        write_key: str = "",
        uid: str = "offers",
        breaker: Breaker | None = None,
        patience: float = ASK_SECONDS,
    ) -> None:
        """``patience`` is what a whole search may take, in seconds."""
        self._patience = patience
        self._server = Server(url, key, write_key, uid, breaker, patience)
        self._configured(settings)

    def _configured(self, settings: IndexSettings) -> None:
        self._settings = settings
        self._fingerprint = fingerprint(settings)
        telling = Telling(settings)
        self._wording, self._highlighter = QueryWording(telling), Highlighter(telling)

    def put(self, documents: Iterable[SearchDocument]) -> int:
        """Write documents in one step; those older than what is known are left out. Returns how many were written."""
        newest: dict[str, SearchDocument] = {}
        for document in documents:
            if document.id not in newest or document.version >= newest[document.id].version:
                newest[document.id] = document
        build = self._build()
        known = self._versions(newest)
        fresh = [one for one in newest.values() if one.id not in known or one.version >= known[one.id]]
        self._server.add(self._server.uid, [encode(one, self._settings, build) for one in fresh])
        return len(fresh)

    def drop(self, ids: Iterable[str]) -> int:
        """Remove documents. Returns how many there were."""
        known = [key_of(one) for one in self._versions(dict.fromkeys(ids))]
        for start in range(0, len(known), _KEYS):
            self._server.delete(any_of(PRIMARY_KEY, known[start : start + _KEYS]))
        return len(known)

    def rebuild(self, documents: Iterable[SearchDocument]) -> int:
        """Replace the whole index in one step: built beside the live one, counted, then swapped with it.

        An error, in ``documents`` too, leaves the former index as it was.
        """
        fresh = f"{self._server.uid}-next"
        self._server.remove(fresh)
        self._server.create(fresh, server_settings(self._settings), PRIMARY_KEY)
        build, versions = self._new_build(), dict[str, int]()
        for chunk in _chunks(documents, versions):
            self._server.add(fresh, [encode(one, self._settings, build) for one in chunk])
        if (found := self._server.size(fresh)) != len(versions):
            raise SearchUnavailable(_NOT_WHOLE.format(found=found, wanted=len(versions)))
        if not self._server.exists(self._server.uid):
            self._server.create(self._server.uid, server_settings(self._settings), PRIMARY_KEY)
        self._server.swap(fresh)
        self._server.remove(fresh)
        return len(versions)

    def wipe(self) -> None:
        """Leave an empty index behind, whatever there was."""
        self.rebuild(())

    def search(self, query: SearchQuery) -> SearchPage:
        """Raises ValueError for facets, numbers or pages that cannot be."""
        check(query, self._settings)
        return self._highlighter.marked(self._server.asked(lambda: self._search(query), self._patience), query)

    def count(self) -> int:
        """Asked as a search is: with the key that may only search, soon or not at all."""
        # The number of hits ends at MOST_HITS, what a facet counts does not.
        asked = {"q": "", "limit": 0, "facets": [BUILD]}
        answer = self._server.asked(lambda: self._ask([asked])[0], self._patience)
        return sum((answer.get("facetDistribution") or {}).get(BUILD, {}).values())

    def digests(self) -> Mapping[str, int]:
        return {one[RUN]: int(one["version"]) for one in self._server.documents([RUN, "version"])}

    def preview(self, query: SearchQuery, settings: IndexSettings) -> SearchPage:  # noqa: ARG002 - as the contract says
        """Raises SearchUnavailable: a server takes synonyms for everybody or not at all."""
        raise SearchUnavailable(_NO_PREVIEW)

    def configure(self, settings: IndexSettings) -> None:
        """Read queries by other settings from now on. Asks nobody: the server's own synonyms change by ``tell``."""
        self._configured(settings)

    def tell(self, settings: IndexSettings) -> None:
        """Let the server search by these synonyms from now on, whoever asks it. What changes documents waits for a rebuild.

        Needs the key that may write. Raises SearchUnavailable; telling twice does no harm. A server without the index
        learns them with its first rebuild.
        """
        if self._server.exists(self._server.uid):
            self._server.change(query_settings(settings))
        self._configured(settings)

    def standing(self) -> str:
        """The state of the breaker; "ok" while it is closed."""
        state = str(self._server.breaker.state)
        return "ok" if state == "closed" else state

    def moment(self) -> Hashable:
        """Not told: asking the server would cost as much as a search."""
        return None

    def version(self) -> str:
        """Of the server."""
        return self._server.version()

    def close(self) -> None:
        """Nothing is kept open."""

    def _search(self, query: SearchQuery) -> SearchPage:
        wording = self._wording.read(query.text)
        questions = Questions(query, wording, self._settings)
        required: Sequence[str] | None = None
        answer = self._of_one_build(questions, None)
        if not answer.total and wording.beginning and wording.ranking:
            wording = replace(wording, ranking=())  # to find comes before to order
            questions = Questions(query, wording, self._settings)
            answer = self._of_one_build(questions, None)
        names = answer.names
        if names and answer.total:
            questions = Questions(query, wording.called(names), self._settings)
            answer = replace(self._of_one_build(questions, None), misspelled=False)
        meant = None
        if not wording.empty and (answer.misspelled or not answer.total):
            near = cache(partial(self._server.facet_values, WORDS))  # a word may be asked for again: the server is not
            suggestion = suggest(wording, self._wording, near)
            meant = suggestion.text
            if not answer.total:
                required = self._best_choice(questions, wording, suggestion.required)
                answer = self._of_one_build(questions, required) if required else answer
                meant = meant if answer.total else None
        if not query.every_word and 0 < answer.total < self._settings.enough:
            about = self._about_one(questions, wording, required, answer.total)
            if about is not None:
                questions, required = Questions(query, about.called(names), self._settings), None
                answer = self._of_one_build(questions, None)
        groups = [str(hit["group"]) for hit in answer.hits]
        return page(answer, questions.members(self._ask, groups, required), meant, query.most_matched)

    def _best_choice(self, questions: Questions, wording: Wording, meant: Sequence[str]) -> Sequence[str]:
        """What is known of the query; where no document holds all of that, as many words of it as some do."""
        words = list(meant)
        while words:
            choices = [words] if tuple(words) != wording.required else []
            choices += [[*words[:at], *words[at + 1 :]] for at in range(len(words)) if len(words) > 1]
            counts = questions.count(self._ask, choices) if choices else []
            if counts and choices[0] is words and counts[0]:
                return words
            if not any(counts):
                words = words[:-1] if len(words) > 2 else []
                continue
            return choices[counts.index(max(counts))]
        return ()

    def _about_one(
        self, questions: Questions, wording: Wording, required: Sequence[str] | None, found: int
    ) -> Wording | None:
        """Where few hold every word: the rarest of them asked for alone, the others only for the order."""
        words = list(wording.required if required is None else required)
        if len(words) < 2:
            return None
        counts = questions.count(self._ask, [[word] for word in words])
        rarest = min(zip(counts, words, strict=True))
        if rarest[0] <= found:
            return None
        others = tuple(word for word in words if word != rarest[1])
        return replace(wording, required=(rarest[1],), ranking=(*others, *wording.ranking), beginning=False)

    def _of_one_build(self, questions: Questions, required: Sequence[str] | None) -> Answer:
        """An answer all of which comes from one index, also while it is being swapped with another."""
        for _ in range(_ATTEMPTS):
            answer = questions.ask(self._ask, required)
            if any(not build.startswith(self._fingerprint) for build in answer.builds):
                raise SearchUnavailable(_OTHER_SETTINGS)
            if len(answer.builds) < 2:
                return answer
        raise SearchUnavailable(_MIXED)

    def _ask(self, questions: Sequence[Question]) -> list[dict[str, Any]]:
        return self._server.multi_search(questions)

    def _versions(self, ids: Iterable[str]) -> dict[str, int]:
        """Of those documents that the index holds."""
        wanted = [key_of(one) for one in ids]
        found: dict[str, int] = {}
        for start in range(0, len(wanted), _KEYS):
            condition = any_of(PRIMARY_KEY, wanted[start : start + _KEYS])
            found |= {one[RUN]: int(one["version"]) for one in self._server.documents([RUN, "version"], condition)}
        return found

    def _build(self) -> str:
        """The build of the live index. Documents put later belong to it too."""
        try:
            some = next(self._server.documents([BUILD], limit=1), None)
        except IndexMissing:
            self._server.create(self._server.uid, server_settings(self._settings), PRIMARY_KEY)
            some = None
        if some is None:
            return self._new_build()
        build = str(some[BUILD])
        if not build.startswith(self._fingerprint):
            raise SearchUnavailable(_OTHER_SETTINGS)
        return build

    def _new_build(self) -> str:
        return f"{self._fingerprint}{secrets.token_hex(4)}"


def _chunks(documents: Iterable[SearchDocument], versions: dict[str, int]) -> Iterator[list[SearchDocument]]:
    """Documents in bundles, without those that are older than one of the same id before them."""
    chunk: list[SearchDocument] = []
    for document in documents:
        if document.version >= versions.get(document.id, document.version):
            versions[document.id] = document.version
            chunk.append(document)
        if len(chunk) >= _AT_A_TIME:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
