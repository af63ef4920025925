"""The formats that the registry reads: one module or package each, found by walking this folder.

A new format is a new module with ``NAME``, ``TITLE`` and ``read``; nothing else has to be told of it.
"""

import importlib
import pkgutil

from importers.protocol import Format


class UnknownFormat(LookupError):
    """No format has this name. The message lists those that there are."""

    def __init__(self, name: str, known: list[str]) -> None:
        super().__init__(f"Formatet «{name}» finnes ikke. Kjente formater: {', '.join(known)}.")
        self.name = name
        self.known = known


def formats() -> dict[str, Format]:
    """Every format by its name, in alphabetical order.

    Raises TypeError where a module in the folder is no format, and ValueError where two have the same name: faults of
    the programmer, told at once.
    """
    found: dict[str, Format] = {}
    for info in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{info.name}")
        if not isinstance(module, Format):
            raise TypeError(f"{module.__name__} lacks NAME, TITLE or read")
        if module.NAME in found:
            raise ValueError(f"two formats are named {module.NAME}")
        found[module.NAME] = module
    return dict(sorted(found.items()))


def get(name: str) -> Format:
    """The format of that name; raises :class:`UnknownFormat`. Where its module is named as it is, no other is loaded."""
    named = name.replace("-", "_")
    if named in (info.name for info in pkgutil.iter_modules(__path__)):
        module = importlib.import_module(f"{__name__}.{named}")
        if isinstance(module, Format) and name == module.NAME:
            return module
    known = formats()
    try:
        return known[name]
    except KeyError:
        raise UnknownFormat(name, list(known)) from None
