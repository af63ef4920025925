"""The yardstick: SQLite FTS5 with the same terms, weights, facets and counts by offer, as well as it can be done.

- the same analysis: FTS5 indexes the terms of ``search.norwegian`` (stems, folded forms, parts), with prefix indexes
- one pass puts every matching run, with a bit for each filter it fails, into a table in memory; the disjunctive
  counts, the total and the page are read from there
- covering indexes both ways on facet values, values and offers as integers, everything in the page cache

Left out in its favour: typing errors, did-you-mean, what most words say where none say all, and the order that the embedded engine gives:
it has that of ``bm25`` alone.
"""

import json
import sqlite3
from collections.abc import Iterable
from functools import lru_cache
from math import asin, cos, radians, sin, sqrt
from pathlib import Path

from search.levels import Kind, covering_years
from search.norwegian import FOLDED, PART, STEM, Token, bokmal, fold, index_terms, split_compound, stem, tokens
from search.protocol import Hit, IndexSettings, Near, SearchDocument, SearchPage, SearchQuery
from search.telling import Telling


class Fts5Engine:
    """Search only as much of the contract as the benchmark asks for."""

    def __init__(self, path: Path, settings: IndexSettings) -> None:
        self._settings = settings
        self._telling = Telling(settings)
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA temp_store = MEMORY")
        self._db.execute("PRAGMA cache_size = -262144")
        self._db.execute("PRAGMA mmap_size = 1073741824")
        self._db.create_function("km", 4, _km, deterministic=True)
        self._facets = {name: place for place, name in enumerate((*settings.facets, "reach_everywhere"))}
        self._values: dict[tuple[int, str], int] = {}
        self._names: dict[int, str] = {}
        tables = {name for (name,) in self._db.execute("SELECT name FROM sqlite_master")}
        if "value" in tables:
            for code, facet, name in self._db.execute("SELECT code, facet, name FROM value"):
                self._values[facet, name] = code
                self._names[code] = name
        self._db.execute("CREATE TEMP TABLE hit (run INTEGER PRIMARY KEY, offer INT, rank REAL, fails INT)")

    def rebuild(self, documents: Iterable[SearchDocument]) -> int:
        fields = ", ".join(self._settings.searchable)
        numbers = "".join(f", {name} REAL" for name in self._settings.numeric)
        self._db.executescript(f"""
            CREATE VIRTUAL TABLE word USING fts5({fields}, content='', prefix='2 3 4', detail=column,
                tokenize="unicode61 remove_diacritics 0 tokenchars '+^~-''’'");
            CREATE TABLE run (run INTEGER PRIMARY KEY, offer INT, id TEXT, lat REAL, lon REAL, stored TEXT {numbers});
            CREATE TABLE value (code INTEGER PRIMARY KEY, facet INT, name TEXT);
            CREATE TABLE has (facet INT, run INT, code INT, PRIMARY KEY (run, facet, code)) WITHOUT ROWID;
        """)
        self._db.execute("BEGIN")
        offers: dict[str, int] = {}
        marks = ", ".join("?" * len(self._settings.searchable))
        run = 0
        for run, document in enumerate(documents, 1):
            terms = [
                _terms(document.text.get(name, ""), self._settings.compound_parts) for name in self._settings.searchable
            ]
            self._db.execute(f"INSERT INTO word (rowid, {fields}) VALUES (?, {marks})", (run, *terms))
            offer = offers.setdefault(document.group, len(offers))
            latitude, longitude = document.position or (None, None)
            row = [run, offer, document.id, latitude, longitude, json.dumps(document.stored)]
            row += [document.numbers.get(name) for name in self._settings.numeric]
            self._db.execute(f"INSERT INTO run VALUES ({', '.join('?' * len(row))})", row)
            self._db.executemany(
                "INSERT OR IGNORE INTO has VALUES (?, ?, ?)",
                [
                    (self._facets[facet], run, self._code(self._facets[facet], value))
                    for facet, values in document.facets.items()
                    for value in values
                ],
            )
        for statement in (
            "INSERT INTO word (word) VALUES ('optimize')",
            "CREATE INDEX carriers ON has (code, run)",
            "COMMIT",
            "PRAGMA wal_checkpoint(TRUNCATE)",
        ):
            self._db.execute(statement)
        return run

    def search(self, query: SearchQuery) -> SearchPage:
        self._fill(query)
        bits = {facet: 1 << place for place, facet in enumerate(query.filters)}
        (total,) = self._db.execute("SELECT count(DISTINCT offer) FROM hit WHERE fails = 0").fetchone()
        facets = {facet: self._count(facet, bits.get(facet, 0)) for facet in query.facets}
        return SearchPage(self._page(query), total, facets)

    def close(self) -> None:
        self._db.close()

    def _fill(self, query: SearchQuery) -> None:
        """Matching runs, each with a bit for every filter it fails."""
        parameters: list[object] = []
        fails = ["0"]
        for place, (facet, values) in enumerate(query.filters.items()):
            codes = [self._values.get((self._facets[facet], value), -1) for value in values]
            fails.append(f"((run.run NOT IN (SELECT run FROM has WHERE code IN ({_marks(codes)}))) << {place})")
            parameters.extend(codes)
        where = []
        source, rank = "run", "0"
        if match := self._expression(query.text):
            weights = ", ".join(str(weight) for weight in self._settings.searchable.values())
            source, rank = "word JOIN run ON run.run = word.rowid", f"-bm25(word, {weights})"
            where.append("word MATCH ?")
            parameters.append(match)
        for name, (low, high) in query.ranges.items():
            for sign, bound in ((">=", low), ("<=", high)):
                if bound is not None:
                    where.append(f"run.{name} {sign} ?")
                    parameters.append(bound)
        if query.near:
            condition, values = self._near(query.near)
            where.append(condition)
            parameters.extend(values)
        self._db.execute("DELETE FROM hit")
        condition = f"WHERE {' AND '.join(where)}" if where else ""
        self._db.execute(
            f"INSERT INTO hit SELECT run.run, run.offer, {rank}, {' + '.join(fails)} FROM {source} {condition}",
            parameters,
        )

    def _near(self, near: Near) -> tuple[str, list[object]]:
        everywhere = self._values.get((self._facets["reach_everywhere"], "1"), -1)
        reach = near.km / 110.0
        condition = """(run.run IN (SELECT run FROM has WHERE code = ?)
            OR run.lat BETWEEN ? AND ? AND km(run.lat, run.lon, ?, ?) <= ?)"""
        bounds = [near.latitude - reach, near.latitude + reach]
        return condition, [everywhere, *bounds, near.latitude, near.longitude, near.km]

    def _count(self, facet: str, own: int) -> dict[str, int]:
        rows = self._db.execute(
            """SELECT code, count(DISTINCT offer) FROM hit CROSS JOIN has ON has.run = hit.run AND has.facet = ?
               WHERE fails & ~? = 0 GROUP BY code ORDER BY 2 DESC""",
            (self._facets[facet], own),
        )
        return {self._names[code]: count for code, count in rows}

    def _page(self, query: SearchQuery) -> list[Hit]:
        order, join = "max(hit.rank) DESC", ""
        if query.sort:
            name, descending = query.sort
            order, join = (
                f"{'max' if descending else 'min'}(run.{name}) {'DESC' if descending else 'ASC'}",
                "JOIN run USING (run)",
            )
        leaders = self._db.execute(
            f"""SELECT hit.run, hit.offer, {order.rsplit(" ", 1)[0]} FROM hit {join} WHERE fails = 0
                GROUP BY hit.offer ORDER BY {order} NULLS LAST LIMIT ? OFFSET ?""",
            (query.per_page, (query.page - 1) * query.per_page),
        ).fetchall()
        found = []
        for run, offer, score in leaders:
            one, stored = self._db.execute("SELECT id, stored FROM run WHERE run = ?", (run,)).fetchone()
            found.append(Hit(one, str(offer), score or 0.0, json.loads(stored)))
        return found

    def _expression(self, text: str) -> str:
        """Every word must match in one of its forms; levels, places and general words are left out where there are others."""
        words = self._telling.words(tokens(text))
        slots = []
        for token in self._restricting(words) or words:
            if token.kind is not Kind.WORD:
                forms = [token.text, *(covering_years(*token.years) if token.years else ())]
                slots.append(" OR ".join(f'"{form}"' for form in forms))
                continue
            root = stem(token.text)
            choices = [
                f'"{form}"' for form in (token.text, FOLDED + fold(bokmal(token.text)), STEM + root, PART + root)
            ]
            if parts := split_compound(token.text, self._settings.compound_parts):
                choices.append(f"({' AND '.join(_part(part) for part in parts)})")
            if token is words[-1] and len(token.text) > 1:
                choices.append(f'"{token.text}" *')
            for others in self._settings.synonyms:
                if token.text in [other.lower() for other in others]:
                    choices += [f"({' AND '.join(_part(word) for word in other.lower().split())})" for other in others]
            slots.append(" OR ".join(choices))
        return " AND ".join(f"({slot})" for slot in slots)

    def _restricting(self, words: list[Token]) -> list[Token]:
        found, at = [], 0
        while at < len(words):
            named = self._telling.place(words, at)
            if not named and words[at].kind is Kind.WORD and stem(words[at].text) not in self._telling.general:
                found.append(words[at])
            at += named[0] if named else 1
        return found

    def _code(self, facet: int, value: str) -> int:
        code = self._values.get((facet, value))
        if code is None:
            code = self._values[facet, value] = len(self._values) + 1
            self._names[code] = value
            self._db.execute("INSERT INTO value VALUES (?, ?, ?)", (code, facet, value))
        return code


@lru_cache(maxsize=4_096)
def _terms(text: str, parts: frozenset[str]) -> str:
    """Remembered as the embedded engine does."""
    return " ".join(index_terms(text, parts))


def _part(word: str) -> str:
    return f'("{STEM}{stem(word)}" OR "{PART}{stem(word)}")'


def _marks(values: list[int]) -> str:
    return ", ".join("?" * len(values))


def _km(latitude: float, longitude: float, to_latitude: float, to_longitude: float) -> float:
    phi, to_phi = radians(latitude), radians(to_latitude)
    chord = sin((phi - to_phi) / 2) ** 2 + cos(phi) * cos(to_phi) * sin(radians(longitude - to_longitude) / 2) ** 2
    return 2 * 6371.0088 * asin(min(1.0, sqrt(chord)))
