"""What is said of a file or a row, so that it can be said in another language.

Importers know nothing of who reads and of no catalogue: what they say is a msgid in bokmål with the values that belong in
it. To whoever asks for no more it is that text; whoever has a catalogue says it in the reader's language.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

Value = str | int
Kept = dict[str, Any]  #: {"msgid": text, "plural": text, "values": {name: value or such a dict}}

_PART = re.compile(r"%\(part[0-9]+\)s")  # names that ``joined`` gives: a msgid of these alone says the same everywhere


class Catalogue(Protocol):
    """Words of one language, as ``gettext.NullTranslations`` gives them."""

    def gettext(self, message: str, /) -> str: ...

    def ngettext(self, msgid1: str, msgid2: str, n: int, /) -> str: ...


class Sentence(str):
    """A sentence in bokmål that knows its parts: ``Sentence("Filen er på %(size)s.", size="3 MB")``.

    The msgid is always a literal: catalogues are filled from what stands in the code. Values may be sentences too.
    """

    __slots__ = ("msgid", "plural", "values")
    msgid: str
    plural: str  #: "" where there is nothing to count; else ``values["count"]`` decides
    values: Mapping[str, Value]

    def __new__(cls, msgid: str = "", /, **values: Value) -> "Sentence":
        return cls._made(msgid, "", values)

    @classmethod
    def _made(cls, msgid: str, plural: str, values: Mapping[str, Value]) -> "Sentence":
        form = plural if plural and values["count"] != 1 else msgid
        made = super().__new__(cls, form % values if values else form)
        made.msgid, made.plural, made.values = msgid, plural, values
        return made

    def by(self, catalogue: Catalogue) -> str:
        """The sentence in the catalogue's language, every part of it."""
        if self.msgid == _OWN:
            return str(self.values.get(catalogue.gettext(_CODE), self))
        if self.plural:
            form = catalogue.ngettext(self.msgid, self.plural, int(self.values["count"]))
        elif any(map(str.isalnum, _PART.sub("", self.msgid))):
            form = catalogue.gettext(self.msgid)
        else:  # nothing but values
            form = self.msgid
        values = {name: in_words_of(catalogue, value) for name, value in self.values.items()}
        return form % values if values else form

    def changed(self, change: Callable[[str], str]) -> "Sentence":
        """The same said of other values: every text among them goes through ``change``."""
        values = {
            name: value.changed(change)
            if isinstance(value, Sentence)
            else change(value)
            if isinstance(value, str)
            else value
            for name, value in self.values.items()
        }
        return Sentence._made(self.msgid, self.plural, values)

    def kept(self) -> Kept:
        """The parts as JSON can hold them; ``restored`` makes the sentence of them again."""
        kept: Kept = {"msgid": self.msgid}
        if self.plural:
            kept["plural"] = self.plural
        if self.values:
            kept["values"] = {
                name: one.kept() if isinstance(one, Sentence) else one for name, one in self.values.items()
            }
        return kept

    def __reduce__(self) -> tuple[Any, ...]:
        return restored, (self.kept(),)


#: The code of a catalogue's own language, as each catalogue says it.
_CODE = Sentence("nb")
_OWN = "%(nb)s"

#: What is said where there is nothing to say.
NOTHING = Sentence()


def counted(singular: str, plural: str, count: int, /, **values: Value) -> Sentence:
    """A sentence with a number in it: ``%(count)s`` is filled in, and decides the form."""
    return Sentence._made(singular, plural, {"count": count, **values})  # noqa: SLF001 - the other way to make one


def joined(parts: Iterable[str], between: str = " ") -> Sentence:
    """Sentences or words after one another; what is empty is left out. ``between`` is a sign, never a word."""
    values: dict[str, Value] = {f"part{number}": part for number, part in enumerate(filter(None, parts), start=1)}
    return Sentence(between.join(f"%({name})s" for name in values), **values)


def own_name(nb: str, **others: str) -> Sentence:
    """A name that brings its translations along: ``own_name("Termin", en="Term")``."""
    return Sentence(_OWN, nb=nb, **others)


def in_quotes(text: str) -> Sentence:
    """«text»."""
    return Sentence("«%(text)s»", text=text)


def listed(words: Sequence[str]) -> Sentence:
    """``a, b og c``."""
    if len(words) < 2:
        return joined(words)
    return Sentence("%(words)s og %(last)s", words=joined(words[:-1], ", "), last=words[-1])


def in_words_of(catalogue: Catalogue, value: Value) -> Value:
    """A value that may be a sentence, in the catalogue's language; any other as it is."""
    return value.by(catalogue) if isinstance(value, Sentence) else value


def restored(kept: Kept) -> Sentence:
    """The sentence that ``Sentence.kept`` took apart."""
    values = {name: restored(one) if isinstance(one, dict) else one for name, one in kept.get("values", {}).items()}
    return Sentence._made(kept["msgid"], kept.get("plural", ""), values)  # noqa: SLF001 - its own parts
