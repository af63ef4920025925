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


class RegistryError(Exception):
    """Base of all domain errors; ``message`` is a sentence in bokmål meant for the person who asked."""

    def __init__(self, message: str, **details: object) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


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
