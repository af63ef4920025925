"""What may be written down of what went wrong: never a value that belongs to a person."""

import traceback

from sqlalchemy.exc import DBAPIError


def told(error: BaseException, *, trace: bool = False) -> str:
    """What may be written down of an error, with the places it passed where ``trace`` is given.

    Errors of the database carry the values of the row, an applicant's pseudonym among them: of those only the class and the
    constraint are told.
    """
    if isinstance(error, DBAPIError):
        constraint = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
        words = " ".join(filter(None, (type(error).__name__, type(error.orig).__name__, constraint)))
    else:
        words = "".join(traceback.format_exception_only(error)).strip()
    return f"{words}\n{''.join(traceback.format_tb(error.__traceback__))}" if trace else words
