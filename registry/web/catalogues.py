"""Message catalogues: one ``.po`` per room and language under ``registry/translations``, read as one.

Msgids are bokmål, so nb needs no catalogue. ``python -m registry.web.catalogues missing nn catalogue`` prints the entries that a
room lacks; ``status`` counts them all.
"""

import sys
from collections.abc import Iterator
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

import importers
from registry.core import errors
from registry.web.assets import PACKAGE, templates_folder

TRANSLATIONS = PACKAGE / "translations"
# What a domain error says is its first argument, so raising one marks its sentence for translation.
ERRORS = {
    name: None
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, errors.RegistryError)
}
KEYWORDS = {
    "_": None, "gettext": None, "N_": None, "ngettext": (1, 2), "Sentence": None, "counted": (1, 2), **ERRORS,
}  # fmt: skip
# What importers say of files and rows is read in the room of those who take them in.
IMPORTERS = Path(importers.__file__).parent
# Rooms whose words appear in many pages are kept together.
SHARED = {"layouts", "components", "errors", "web", "core", "access"}
# What is made in one place and read in another.
ELSEWHERE = {"email": "messages", "matching": "coordination"}
PLURALS = {  # CLDR; Babel's own header for Northern Sami lacks the dual
    "nn": "nplurals=2; plural=(n != 1);",
    "se": "nplurals=3; plural=(n==1 ? 0 : n==2 ? 1 : 2);",
    "en": "nplurals=2; plural=(n != 1);",
}

HEADER = """\
msgid ""
msgstr ""
"Project-Id-Version: Tilbudsregisteret\\n"
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plurals}\\n"

"""

Msgid = str | tuple[str, ...]


class Marked(NullTranslations):
    """Answers for what a catalogue lacks: the bokmål words between two marks, which the page turns into ``lang="nb"``."""

    def __init__(self, start: str, end: str) -> None:
        super().__init__()
        self._start, self._end = start, end

    def gettext(self, message: str) -> str:
        return f"{self._start}{message}{self._end}"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


class Joined(GNUTranslations):
    """All rooms' catalogues of one language. Where two rooms translate the same msgid, the first file by name wins."""

    def __init__(self, files: list[Path], fallback: NullTranslations) -> None:
        super().__init__()
        self._catalog: dict[Msgid | tuple[str, int], str] = {}
        for path in files:
            with path.open("rb") as binary:
                room = GNUTranslations(binary)
            for key, text in room._catalog.items():  # type: ignore[attr-defined]  # noqa: SLF001 - gettext has no other way to join
                self._catalog.setdefault(key, text)
            self.plural = room.plural  # type: ignore[attr-defined]  # gettext's own, not in its types
        self.add_fallback(fallback)


@lru_cache(maxsize=16)
def translations(language: str, start: str = "", end: str = "") -> NullTranslations:
    """Catalogue of a language; what it lacks comes out as the msgid between ``start`` and ``end``."""
    files = sorted((TRANSLATIONS / language / "LC_MESSAGES").glob("*.mo"))
    if language == "nb" or not files:
        return NullTranslations() if language == "nb" else Marked(start, end)
    return Joined(files, Marked(start, end))


def extracted() -> Iterator[tuple[str, Msgid, str, int]]:
    """Every msgid in code and templates as (room, msgid, file, line)."""
    sources = (
        (PACKAGE, [("**.py", "python")]),
        (IMPORTERS, [("**.py", "python")]),
        (templates_folder(), [("**.html", "jinja2"), ("**.txt", "jinja2")]),
    )
    # Without the extension and "silent", a template that uses {% do %} would be passed over without a word.
    options = {pattern: {"extensions": "jinja2.ext.do", "silent": "false"} for pattern in ("**.html", "**.txt")}
    for base, methods in sources:
        for file, line, message, _comments, _context in extract_from_dir(base, methods, options, keywords=KEYWORDS):
            room = Path(file).parts[0]
            room = ELSEWHERE.get(room, room)
            if base == IMPORTERS:
                room, file = "intake", f"importers/{file}"
            elif room in SHARED or len(Path(file).parts) == 1:
                room = "web"
            yield room, message, file, line
    from importers import formats  # only this tool needs them; pages are served without

    for name, one in formats.formats().items():  # importers know nothing of gettext, and forms show their titles
        yield "intake", one.TITLE, f"importers/formats/{name}", 0


def translated(language: str) -> set[str]:
    """First msgid of every entry that has a finished translation in any room."""
    done = set()
    for path in (TRANSLATIONS / language / "LC_MESSAGES").glob("*.po"):
        with path.open("rb") as text:
            for message in read_po(text, locale=language):
                parts = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
                if message.id and not message.fuzzy and all(parts):
                    done.add(_first(message.id))
    return done


def missing(language: str, room: str | None = None) -> dict[Msgid, tuple[str, int]]:
    """Msgids without a translation -> where they are used first. One room, or all."""
    done = translated(language)
    found: dict[Msgid, tuple[str, int]] = {}
    for owner, message, file, line in extracted():
        if room in (None, owner) and _first(message) not in done:
            found.setdefault(message, (file, line))
    return found


def _first(message: Msgid | list[str]) -> str:
    return message if isinstance(message, str) else message[0]


def main(arguments: list[str]) -> int:
    """``missing LANGUAGE ROOM`` or ``status``."""
    match arguments:
        case ["missing", language, room]:
            if not (TRANSLATIONS / language / "LC_MESSAGES" / f"{room}.po").exists():
                sys.stdout.write(HEADER.format(language=language, plurals=PLURALS[language]))
                sys.stdout.flush()
            skeleton = Catalog(locale=language)
            for message, place in missing(language, room).items():
                skeleton.add(message, locations=[place])
            write_po(sys.stdout.buffer, skeleton, omit_header=True)
        case ["status"]:
            total = {_first(message) for _room, message, _file, _line in extracted()}
            for language in PLURALS:
                lacking = {_first(message) for message in missing(language)}
                sys.stdout.write(f"{language}: {len(total - lacking)} of {len(total)}\n")
        case _:
            sys.stderr.write(f"{main.__doc__}\n")
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
