"""Where the index lies: a directory shared by processes, or memory.

On disk, ``CURRENT`` names the one live index beside it; a rebuilt index becomes live when ``CURRENT`` is
replaced, so a reader sees the old one or the new one and nothing between. One writer at a time holds ``lock``.
"""

import fcntl
import hashlib
import json
import os
import shutil
import time
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import tantivy

from search.protocol import IndexSettings, SearchUnavailable
from search.telling import lightest_field, name_fields

ANALYSIS_VERSION = 10  #: raise it when search.norwegian gives other terms: old indexes then ask to be rebuilt
NAMES = "names"  #: the field of what documents are called, in the keys of search.naming
_CURRENT, _LOCK, _SETTINGS, _SNAPSHOT = "CURRENT", "lock", "settings", "snapshot"
_LOCK_ATTEMPTS, _LOCK_PAUSE = 300, 0.1  #: times and seconds: half a minute
_MISSING = "There is no search index in {place}. Build it with `registry index rebuild`."
_OTHER_SETTINGS = (
    "The search index in {place} was built with other settings. Build it anew with `registry index rebuild`."
)
_BROKEN = "The search index in {place} cannot be read. Build it anew with `registry index rebuild`. ({error})"
_LOCKED = "Another process is writing to the search index in {place}. Try again soon."


@dataclass(frozen=True, slots=True)
class Stored:
    """An index, and the file beside it that spares a reader most of the reading; None in memory."""

    index: tantivy.Index
    snapshot: Path | None = None


class Storage(Protocol):
    """``stamp`` changes whenever there is something new to read, and its first part when all of it is new."""

    def stamp(self) -> tuple[Hashable, Hashable]: ...
    def open(self) -> Stored: ...
    @contextmanager
    def writing(self) -> Iterator[Stored]: ...
    @contextmanager
    def replacing(self) -> Iterator[Stored]: ...


@contextmanager
def translated(place: Path | None) -> Iterator[None]:
    """Turns whatever the index's own code raises, on damaged files or a full disk, into SearchUnavailable."""
    try:
        yield
    except SearchUnavailable:
        raise
    except BaseException as error:
        # A panic in the Rust code is a BaseException of its own; an interrupt must pass.
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise SearchUnavailable(_BROKEN.format(place=place or "memory", error=error)) from error


def text_field(position: int) -> str:
    """The index's own name for the searchable field at ``position`` in the settings."""
    return f"text{position}"


def schema(settings: IndexSettings) -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    for position in range(len(settings.searchable)):
        builder.add_text_field(text_field(position), tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field("id", tokenizer_name="raw", index_option="basic")
    builder.add_text_field(NAMES, tokenizer_name="raw", index_option="basic")
    builder.add_unsigned_field("sequence", indexed=True, fast=True)
    builder.add_bytes_field("columns", stored=True)
    builder.add_bytes_field("stored", stored=True)
    return builder.build()


def fingerprint(settings: IndexSettings) -> str:
    """Changes when documents must be indexed anew; synonyms only matter to queries.

    Weights do, too, as long as the same fields are names and the same one the lightest: by these documents are read.
    """
    shape = [
        ANALYSIS_VERSION,
        list(settings.searchable),
        settings.facets,
        settings.numeric,
        sorted(settings.compound_parts),
        sorted(settings.stop_words | settings.general_words),
        lightest_field(settings),
        sorted(name_fields(settings)),
    ]
    return hashlib.sha256(json.dumps(shape).encode()).hexdigest()


def _moment(file: str) -> Hashable:
    found = os.stat(file)  # noqa: PTH116 - asked several times a page, and a path takes ten times as long
    return found.st_ino, found.st_mtime_ns


class MemoryStorage:
    """For tests and trials: nothing outlives the object."""

    def __init__(self, settings: IndexSettings) -> None:
        self._schema = schema(settings)
        self._index = tantivy.Index(self._schema)
        self._replaced = 0
        self._written = 0

    def stamp(self) -> tuple[Hashable, Hashable]:
        return self._replaced, self._written

    def open(self) -> Stored:
        return Stored(self._index)

    @contextmanager
    def writing(self) -> Iterator[Stored]:
        yield Stored(self._index)
        self._written += 1

    @contextmanager
    def replacing(self) -> Iterator[Stored]:
        fresh = tantivy.Index(self._schema)
        yield Stored(fresh)
        self._index = fresh
        self._replaced += 1


class DirectoryStorage:
    """An index on disk that one process writes and any number read."""

    def __init__(self, directory: Path, settings: IndexSettings) -> None:
        self._directory = directory
        self._schema = schema(settings)
        self._fingerprint = fingerprint(settings)
        self._current = str(directory / _CURRENT)
        #: A moment of ``CURRENT``, and the file that tells of the index it named.
        self._seen: tuple[Hashable, str] | None = None

    def stamp(self) -> tuple[Hashable, Hashable]:
        """Two looks at file dates, a few microseconds. Raises SearchUnavailable where there is no index."""
        try:
            current = _moment(self._current)
            seen = self._seen
            if seen is None or seen[0] != current:
                seen = self._seen = current, str(self._live() / "meta.json")
            return current, _moment(seen[1])
        except OSError as error:
            raise SearchUnavailable(_MISSING.format(place=self._directory)) from error

    def open(self) -> Stored:
        """The live index. Raises SearchUnavailable when it is missing, broken or built with other settings."""
        try:
            live = self._live()
            settings = (live / _SETTINGS).read_text()
        except OSError as error:
            raise SearchUnavailable(_MISSING.format(place=self._directory)) from error
        if settings != self._fingerprint:
            raise SearchUnavailable(_OTHER_SETTINGS.format(place=self._directory))
        with translated(self._directory):
            index = tantivy.Index.open(str(live))
            index.config_reader("manual")
            return Stored(index, live / _SNAPSHOT)

    @contextmanager
    def writing(self) -> Iterator[Stored]:
        """The live index, held alone; an empty one is made where there is none."""
        with self._locked():
            if not (self._directory / _CURRENT).exists():
                name, _ = self._create()
                self._publish(name)
            yield self.open()

    @contextmanager
    def replacing(self) -> Iterator[Stored]:
        """A new, empty index that becomes the live one when the block ends well and is removed otherwise."""
        with self._locked():
            name, fresh = self._create()
            try:
                yield Stored(fresh, self._directory / name / _SNAPSHOT)
            except BaseException:
                shutil.rmtree(self._directory / name, ignore_errors=True)
                raise
            self._publish(name)

    def _live(self) -> Path:
        return self._directory / (self._directory / _CURRENT).read_text().strip()

    def _create(self) -> tuple[str, tantivy.Index]:
        numbers = [int(path.name.removeprefix("index-")) for path in self._directory.glob("index-*")]
        name = f"index-{max(numbers, default=0) + 1:06}"
        path = self._directory / name
        path.mkdir()
        (path / _SETTINGS).write_text(self._fingerprint)
        return name, tantivy.Index(self._schema, path=str(path))

    def _publish(self, name: str) -> None:
        """Make ``name`` the live index, durably, and remove the others."""
        draft = self._directory / f"{_CURRENT}.new"
        with draft.open("w") as file:
            file.write(name)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._directory / _CURRENT)
        directory = os.open(self._directory, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
        for path in self._directory.glob("index-*"):
            if path.name != name:
                shutil.rmtree(path, ignore_errors=True)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._directory.mkdir(parents=True, exist_ok=True)
        with (self._directory / _LOCK).open("a") as lock:
            for _ in range(_LOCK_ATTEMPTS):
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    time.sleep(_LOCK_PAUSE)
            else:
                raise SearchUnavailable(_LOCKED.format(place=self._directory))
            yield
