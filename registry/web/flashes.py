"""Short messages after a change, with undo where that can be: no "are you sure?"."""

from flask import flash


def flash_done(text: str) -> None:
    """What was done, in the reader's language (``gettext``)."""
    flash({"text": text, "undo": None}, "success")  # type: ignore[arg-type]  # Flask passes on any JSON


def flash_undo(text: str, address: str) -> None:
    """What was done, with a button that posts to ``address`` to take it back."""
    flash({"text": text, "undo": address}, "success")  # type: ignore[arg-type]  # Flask passes on any JSON


def flash_problem(text: str) -> None:
    """What was not done, and why."""
    flash({"text": text, "undo": None}, "warning")  # type: ignore[arg-type]  # Flask passes on any JSON
