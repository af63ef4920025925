"""The form by which a key is issued."""

from wtforms import SelectField, StringField
from wtforms.validators import InputRequired, Length

from registry.web.forms import CheckboxesField, Form
from registry.web.i18n import N_


class KeyForm(Form):
    """Which system it is for, and what it may do."""

    organisation = SelectField(N_("Institusjon"), validators=[InputRequired()])
    name = StringField(N_("Hvilket system skal bruke nøkkelen?"), validators=[InputRequired(), Length(max=80)])
    scopes = CheckboxesField(N_("Hva skal nøkkelen kunne brukes til?"), validators=[InputRequired()])
