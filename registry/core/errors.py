"""The tree of domain errors. They know nothing of HTTP; ``registry.web.errors`` translates them.

RegistryError                      status
├── NotAllowed                     403
├── NotFound                       404
├── Gone                           410
├── InvalidInput                   400
├── IllegalTransition              409
├── NeedsReason                    400
├── NeedsDecision                  409   the last national offer of a small subject
├── Conflict                       409
│   └── Stale                      409   somebody else changed it first
├── Refused                        409   a guard stopped the operation
└── Unavailable                    503
"""

from collections.abc import Mapping

from importers.sentences import Sentence


class RegistryError(Exception):
    """Base of all domain errors; ``message`` is a sentence in bokmål meant for the person who asked.

    ``sentence`` is the msgid: where it names ``%(something)s``, that is filled in from the details, so that
    pages can say the same in another language (``registry.web.i18n.explained``). Never an f-string: it could
    not be translated.
    """

    def __init__(self, sentence: str, **details: object) -> None:
        self.sentence = sentence
        self.details = details
        self.message = self.filled(sentence)
        super().__init__(self.message)

    @property
    def said(self) -> Sentence:
        """The same as a sentence, for where it is kept and told later."""
        if "%(" not in self.sentence:
            return Sentence(self.sentence)
        values = {name: one if isinstance(one, str | int) else str(one) for name, one in self.details.items()}
        return Sentence(self.sentence, **values)

    def filled(self, sentence: str, details: Mapping[str, object] | None = None) -> str:
        """``sentence``, a translation of this error's own, with the details, or a translation of them, in their places."""
        return sentence % (self.details if details is None else details) if "%(" in sentence else sentence


class NotAllowed(RegistryError): ...


class NotFound(RegistryError): ...


class Gone(RegistryError): ...


class InvalidInput(RegistryError): ...


class IllegalTransition(RegistryError): ...


class NeedsReason(RegistryError): ...


class NeedsDecision(RegistryError): ...


class Conflict(RegistryError): ...


class Stale(Conflict): ...


class Refused(RegistryError): ...


class Unavailable(RegistryError): ...


STATUS: dict[type[Exception], int] = {
    NotAllowed: 403,
    NotFound: 404,
    Gone: 410,
    InvalidInput: 400,
    IllegalTransition: 409,
    NeedsReason: 400,
    NeedsDecision: 409,
    Conflict: 409,
    Stale: 409,
    Refused: 409,
    Unavailable: 503,
    RegistryError: 500,
}
