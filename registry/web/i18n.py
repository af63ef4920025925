"""Languages: in the path (`/nb/…`), four of them, bokmål as the language of msgids.

A text that a catalogue lacks is shown in bokmål and says so: templates' ``_()`` puts two private marks around it, and the
finished page turns them into ``<span lang="nb">`` in text and drops them in attributes (WCAG 3.1.2).
"""

import re
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache, wraps
from gettext import NullTranslations
from typing import Any

from flask import Blueprint, Flask, Response, current_app, g, has_request_context, redirect, request
from flask_babel import Babel
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup
from werkzeug.routing import BaseConverter
from werkzeug.wrappers import Response as AnyResponse

from importers.sentences import Sentence
from registry.core.errors import RegistryError
from registry.web.catalogues import translations
from registry.web.guard import public

LANGUAGES: dict[str, str] = {"nb": "Bokmål", "nn": "Nynorsk", "se": "Davvisámegiella", "en": "English"}
LOCALES = {"nb": "nb", "nn": "nn", "se": "se", "en": "en_GB"}  # plain "en" writes dates as in America
DEFAULT = "nb"
COOKIE = "language"
START, END = "\ue000", "\ue001"
_MARKS = re.compile(f"[{START}{END}]")
_SPOKEN: ContextVar[str | None] = ContextVar("language that a letter is written in", default=None)
# A page asks a thousand times; a request's own storage takes ten times as long to answer.
_PAGE: ContextVar[tuple[str, NullTranslations] | None] = ContextVar("language of the page being drawn", default=None)
_MARKING: ContextVar[bool] = ContextVar("whether what Python says goes into a page and nowhere else", default=False)
# What may not hold an element: elements whose content is plain text, and tags with a mark in an attribute.
_NO_ELEMENTS = re.compile(
    rf"<(title|option|textarea|script|style)\b.*?</\1\s*>|<[^>{START}]*{START}[^>]*>", re.DOTALL | re.IGNORECASE
)
_MARKED = START.encode()


def N_(text: str) -> str:  # noqa: N802 - the name that gettext tools know
    """Marks a msgid for extraction and hands it back unchanged; the template translates it."""
    return text


def current_language() -> str:
    """Language of the letter or the page being made; bokmål where there is neither."""
    spoken = _SPOKEN.get()
    if spoken is not None:
        return spoken
    page = _PAGE.get()
    if page is not None:
        return page[0]
    return str(g.get("language", DEFAULT)) if has_request_context() else DEFAULT


def voice() -> Hashable:
    """What hangs on the voice that Python speaks in, and is the same as long as it is: language, and whether fallbacks are marked."""
    return _python_translations(), _MARKING.get()


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Everything said inside is said in ``language``, in a request or not: for letters, whose reader is not who asks."""
    before = _SPOKEN.set(language)
    try:
        yield
    finally:
        _SPOKEN.reset(before)


def foreign(language: str | None) -> str | None:
    """``lang`` of a text in a language, None where the page itself is in it. What nobody has told the language of is Norwegian."""
    page = current_language()
    if language is None:
        return None if page in ("nb", "nn") else "nb"
    return language if language != page else None


def gettext(message: str, **values: Any) -> str:
    """Translate in Python (flash messages, file names, exports). Plain text, but for what ``speaks_in_page`` says of views."""
    text = _said(message, _python_translations())
    return text % values if values else text


def ngettext(singular: str, plural: str, num: int, /, **values: Any) -> str:
    """As gettext, with the language's plural forms. ``%(num)s`` is filled in by itself, or as ``num=`` says it is written."""
    return _python_translations().ngettext(singular, plural, num) % {"num": num, **values}


def speaks_in_page(view: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator of a view that answers with a page alone: what it says in Python is then marked as in templates.

    Not for views that write or make files: only a page takes the marks out again.
    """

    @wraps(view)
    def speaking_view(*args: Any, **kwargs: Any) -> Any:
        before = _MARKING.set(True)
        try:
            return view(*args, **kwargs)
        finally:
            _MARKING.reset(before)

    return speaking_view


def norwegian(name: str) -> str:
    """A Norwegian name that stands where the page's language has none; marked where a page is being made."""
    return f"{START}{name}{END}" if _MARKING.get() and foreign(None) else name


def say(message: str) -> str:
    """A label or a sentence from Python, translated for a template: as ``_()``, but per cent signs are left alone."""
    return _said(message, _page_translations())


def said(text: str) -> str:
    """A sentence in the reader's language, for tables and files; any other text is as it came."""
    return gettext(text) if isinstance(text, Sentence) else text


def told(text: str | None) -> str | None:
    """As ``say`` where it is a sentence; any other text, such as a feed's own word, is as it came."""
    return say(text) if isinstance(text, Sentence) else text


def _said(message: str, known: NullTranslations) -> str:
    """A sentence says itself, with all its parts; any other text is a msgid. Nothing is nothing: gettext has its header there."""
    if isinstance(message, Sentence):
        return message.by(known)
    return known.gettext(message) if message else ""


def explained(error: RegistryError, *, marked: bool = False) -> str:
    """What a domain error says, in the reader's language and with its details in place.

    ``marked`` where the text goes into a page: what lacks a translation is then shown as bokmål.
    """
    known = _page_translations() if marked else translations(current_language())
    details = {name: one.by(known) if isinstance(one, Sentence) else one for name, one in error.details.items()}
    return error.filled(known.gettext(error.sentence), details)


def page_blueprint(name: str, import_name: str, path: str = "") -> Blueprint:
    """Blueprint under ``/<language>/…``. View functions do not see the language; ``url_for`` keeps it."""
    return Blueprint(name, import_name, url_prefix=f"/<language:language>{path}")


def preferred_language() -> str:
    """By cookie, then by Accept-Language (``no`` and Danish or Swedish read bokmål), else bokmål."""
    chosen = request.cookies.get(COOKIE)
    if chosen in LANGUAGES:
        return chosen
    for tag, _quality in request.accept_languages:
        known = {"no": "nb", "da": "nb", "sv": "nb"}.get(tag.lower().split("-")[0], tag.lower().split("-")[0])
        if known in LANGUAGES:
            return known
    return DEFAULT


def init_i18n(app: Flask) -> None:
    """Converter, Babel, translation functions of the templates, language of each request. Before any blueprint."""
    app.url_map.converters["language"] = _LanguageConverter
    Babel(app, locale_selector=lambda: LOCALES[current_language()], timezone_selector=lambda: "Europe/Oslo")
    app.jinja_env.install_gettext_callables(_page_gettext, _page_ngettext, newstyle=True)  # type: ignore[attr-defined]  # the i18n extension adds it
    app.jinja_env.globals.update(
        _=_in_page,
        languages=LANGUAGES,
        current_language=current_language,
        foreign=foreign,
        say=say,
        told=told,
    )
    app.url_value_preprocessor(_take_language)
    app.url_defaults(_give_language)
    app.after_request(_speak)
    app.teardown_request(_drawn)
    app.add_url_rule("/", "root", public(_root))


class _LanguageConverter(BaseConverter):
    regex = "|".join(LANGUAGES)


@pass_eval_context
def _in_page(context: EvalContext, message: str, /, **values: Any) -> str:
    """``_()`` of templates, as Jinja's own ``gettext``, which goes through the context three times and formats where nothing is to be filled in."""
    known = _page_translations()
    text: str = _escaped(known, message) if context.autoescape else known.gettext(message)
    return text % values if values or "%" in text else text


@lru_cache(maxsize=8_192)
def _escaped(known: NullTranslations, message: str) -> Markup:
    return Markup(known.gettext(message))  # noqa: S704 - translations are ours, and may hold entities


def _page_gettext(message: str) -> str:
    return _page_translations().gettext(message)


def _page_ngettext(singular: str, plural: str, n: int) -> str:
    return _page_translations().ngettext(singular, plural, n)


def _page_translations() -> NullTranslations:
    """Marks are only for a page that ``_speak`` will finish; a letter made by a job gets none."""
    page = _PAGE.get()
    if page is not None and _SPOKEN.get() is None:
        return page[1]
    marks = (START, END) if has_request_context() else ("", "")
    return translations(current_language(), *marks)


def _python_translations() -> NullTranslations:
    return _page_translations() if _MARKING.get() else translations(current_language())


def _take_language(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    language = (values or {}).pop("language", None)
    if language is None:  # an unknown address still names its language in most cases
        first = request.path.split("/")[1]
        language = first if first in LANGUAGES else preferred_language()
    read_in(language)


def read_in(language: str) -> None:
    """From here on the page of this request is in ``language``."""
    g.language = language
    _PAGE.set((language, translations(language, START, END)))


def _drawn(_error: BaseException | None) -> None:
    _PAGE.set(None)


def _give_language(endpoint: str, values: dict[str, Any]) -> None:
    if "language" in values or not has_request_context():
        return
    if current_app.url_map.is_endpoint_expecting(endpoint, "language"):
        values["language"] = current_language()


def _speak(response: Response) -> Response:
    if response.mimetype == "text/html":
        response.headers["Content-Language"] = current_language()
    if not response.is_streamed and not response.direct_passthrough:
        unmark(response)
    return response


def unmark(response: AnyResponse) -> None:
    """Finish a text: marks become elements in a page, and nothing elsewhere. Every response is finished at its end; what is kept, before."""
    if _is_text(response.mimetype or "") and _MARKED in response.get_data():
        text = response.get_data(as_text=True)
        response.set_data(mark_fallbacks(text) if response.mimetype == "text/html" else _MARKS.sub("", text))


def _is_text(kind: str) -> bool:
    return kind.startswith("text/") or kind.endswith(("/json", "+json", "/xml", "+xml"))


def mark_fallbacks(page: str) -> str:
    """Marks in running text become ``<span lang="nb">``; inside tags and text-only elements they go away."""
    out, position = [], 0
    for found in _NO_ELEMENTS.finditer(page):
        out.append(page[position : found.start()])
        out.append(_MARKS.sub("", found.group()))
        position = found.end()
    out.append(page[position:])
    return "".join(out).replace(START, '<span lang="nb">').replace(END, "</span>")


def _root() -> AnyResponse:
    response = redirect(f"{request.script_root}/{preferred_language()}/")
    response.headers["Vary"] = "Accept-Language, Cookie"
    return response
