"""Forms of the intake: a delivery to upload, a row to set aside, a value to correct."""

from collections.abc import Sequence
from typing import Any

from flask_wtf.file import FileField, FileRequired
from wtforms import DateField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from registry.intake.labels import DELIVERIES, LANGUAGES
from registry.intake.labels import FIELDS as LABELS
from registry.intake.reading.fields import FIELDS
from registry.web.forms import CheckboxesField, Form
from registry.web.forms import choices as as_choices
from registry.web.i18n import N_

Choices = Sequence[tuple[str, str]]

_LONG = frozenset({"description", "learning_outcomes"})
_DAYS = frozenset({"starts_on", "ends_on", "application_opens_on", "application_closes_on"})
#: Lists of plain words, written with a semicolon between.
LISTS = frozenset({"languages", "schemes", "tags"})
#: Fields that the page can correct; names in other languages and further subjects are told by the feed.
EDITABLE = {
    thing: [
        name
        for name in fields
        if name not in {"partners", "term_assumed", "other_titles", "subjects", "municipalities", "is_container"}
    ]
    for thing, fields in FIELDS.items()
}


class UploadForm(Form):
    """A delivery from somebody's own machine."""

    format = SelectField(N_("Format"), validators=[InputRequired()])
    provider = SelectField(N_("Tilbyder"))
    file = FileField(N_("Fil"), validators=[FileRequired(message=N_("Velg en fil."))])


class SheetForm(Form):
    """A sheet about people or plans, and whose it is."""

    organisation = SelectField(N_("Hvem det gjelder"), validators=[InputRequired()])
    file = FileField(N_("Fil"), validators=[FileRequired(message=N_("Velg en fil."))])


class DiscardForm(Form):
    """Why a row is set aside."""

    reason = StringField(N_("Hvorfor skal raden ikke tas inn?"), validators=[InputRequired(), Length(max=500)])


class RejectForm(Form):
    """Why a held delivery is wrong."""

    reason = StringField(N_("Hva er galt med leveransen?"), validators=[InputRequired(), Length(max=500)])


class _Correction(Form):
    """Base of the forms that ``correction_form`` makes."""


def correction_form(field: str, choices: dict[str, Choices]) -> _Correction:
    """The form for one field. ``choices`` gives the lists of the registry: subjects, levels, measures, settings, roles."""
    label = LABELS[field]
    made: dict[str, Any] = {}
    if field == "targets":
        made["settings"] = CheckboxesField(N_("Arbeidssted"), choices=as_choices(choices["settings"]))
        made["roles"] = CheckboxesField(N_("Rolle"), choices=as_choices(choices["roles"]))
    elif field in choices:
        made["value"] = SelectField(
            label, choices=as_choices([("", N_("Ikke oppgitt")), *choices[field]]), validators=[Optional()]
        )
    elif field in _LONG:
        made["value"] = TextAreaField(label, render_kw={"rows": 8})
    elif field in _DAYS:
        made["value"] = DateField(label, validators=[Optional()])
    else:
        made["value"] = StringField(label)
    form: _Correction = type("CorrectionForm", (_Correction,), made)()
    return form


def fixed_choices() -> dict[str, Choices]:
    """The lists that are the same in every registry."""
    return {
        "delivery": list(DELIVERIES.items()),
        "title_language": list(LANGUAGES.items()),
        "credit_scheme": [("ECTS", N_("Studiepoeng")), ("fagskolepoeng", N_("Fagskolepoeng"))],
    }


def written(value: Any) -> Any:
    """A told value as its field shows it."""
    return "; ".join(value) if isinstance(value, list) else value
