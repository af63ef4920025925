"""Base of all forms. Labels and messages are bokmål msgids; ``components/field.html`` draws the fields."""

from collections.abc import Iterable
from typing import Any

from flask_wtf import FlaskForm
from wtforms import SelectMultipleField, widgets
from wtforms.fields.choices import SelectChoice

from registry.web.i18n import N_, gettext

# WTForms' own English messages -> ours. The library has bokmål but neither nynorsk nor Sami.
MESSAGES: dict[str, str] = {
    "This field is required.": N_("Fyll ut dette feltet."),
    "Not a valid choice.": N_("Velg ett av alternativene."),
    "Not a valid choice": N_("Velg ett av alternativene."),
    "Invalid Choice: could not coerce.": N_("Velg ett av alternativene."),
    "Choices cannot be None.": N_("Velg ett av alternativene."),
    "Not a valid date value.": N_("Skriv en gyldig dato, for eksempel 01.03.2026."),
    "Not a valid datetime value.": N_("Skriv en gyldig dato og et gyldig klokkeslett."),
    "Not a valid integer value.": N_("Skriv et helt tall."),
    "Not a valid decimal value.": N_("Skriv et tall."),
    "Not a valid float value.": N_("Skriv et tall."),
    "Invalid email address.": N_("Skriv en gyldig e-postadresse."),
    "Invalid URL.": N_("Skriv en fullstendig nettadresse, for eksempel https://example.no."),
    "Invalid input.": N_("Verdien kan ikke brukes."),
    "Number must be at least %(min)s.": N_("Tallet må være minst %(min)s."),
    "Number must be at most %(max)s.": N_("Tallet kan ikke være over %(max)s."),
    "Number must be between %(min)s and %(max)s.": N_("Tallet må være mellom %(min)s og %(max)s."),
    "Field must be between %(min)d and %(max)d characters long.": N_("Skriv mellom %(min)d og %(max)d tegn."),
    "Invalid value, must be one of: %(values)s.": N_("Velg en av disse verdiene: %(values)s."),
    "Invalid value, can't be any of: %(values)s.": N_("Denne verdien kan ikke brukes."),
    "Field must be equal to %(other_name)s.": N_("Feltet må være likt %(other_name)s."),
    "CSRF token missing.": N_("Skjemaet er for gammelt. Last siden på nytt og send igjen."),
    "CSRF failed.": N_("Skjemaet er for gammelt. Last siden på nytt og send igjen."),
    "File does not have an approved extension: {extensions}": N_("Filtypen kan ikke brukes. Vi tar imot: {extensions}"),
}
PLURAL_MESSAGES: dict[str, tuple[str, str]] = {
    "Field must be at least %(min)d character long.": (
        N_("Skriv minst %(min)d tegn."),
        N_("Skriv minst %(min)d tegn."),
    ),
    "Field cannot be longer than %(max)d character.": (
        N_("Skriv høyst %(max)d tegn."),
        N_("Skriv høyst %(max)d tegn."),
    ),
    "Field must be exactly %(max)d character long.": (
        N_("Skriv nøyaktig %(max)d tegn."),
        N_("Skriv nøyaktig %(max)d tegn."),
    ),
}


def choices(pairs: Iterable[tuple[str, str]]) -> list[SelectChoice]:
    """(value, text) pairs as WTForms 3.3 wants them; texts are msgids or names."""
    return [SelectChoice(value, text) for value, text in pairs]


class _Translations:
    """What WTForms asks for its messages."""

    def gettext(self, text: str) -> str:
        return gettext(MESSAGES.get(text, text))

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        one, many = PLURAL_MESSAGES.get(singular, (singular, plural))
        return gettext(one if n == 1 else many)


class Form(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """A form that posts, with its CSRF token. Labels: ``StringField(N_("Navn"))``."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]  # Flask-WTF has no types
        def get_translations(self, form: Any) -> _Translations:  # noqa: ARG002 - WTForms' signature
            return _Translations()


class CheckboxesField(SelectMultipleField):  # type: ignore[misc]  # WTForms has no types
    """Many of a short list, each with its own box."""

    widget = widgets.ListWidget(prefix_label=False)
    option_widget = widgets.CheckboxInput()


class QueryForm(Form):
    """A form that only asks (GET): no token, so that its address can be shared."""

    class Meta(Form.Meta):
        csrf = False
