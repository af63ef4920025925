"""What coordinators fill in."""

from wtforms import RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from registry.coordination.labels import VERDICT_LABELS
from registry.coordination.operations.deciding import NOTE_LIMIT
from registry.web.forms import Form, QueryForm, choices
from registry.web.i18n import N_


class DecisionForm(Form):
    """One of the four answers, each a button, and a note."""

    verdict = RadioField(N_("Svar"), choices=choices(VERDICT_LABELS.items()), validators=[InputRequired()])
    note = TextAreaField(N_("Merknad"), validators=[Optional(), Length(max=NOTE_LIMIT)])


class PermissionForm(Form):
    """The network's decision about the last national offer."""

    reason = TextAreaField(N_("Begrunnelse for vedtaket"), validators=[DataRequired(), Length(max=NOTE_LIMIT)])


class PrecheckForm(QueryForm):
    """A planned offer. A GET form: the answer has an address that can be shared."""

    tittel = StringField(N_("Navn på tilbudet"), validators=[DataRequired(), Length(max=300)])
    institusjon = SelectField(N_("Institusjon"), validators=[Optional()])
    termin = SelectField(N_("Termin"), validators=[Optional()])
    kommune = SelectField(N_("Kommune"), validators=[Optional()])
    form = SelectField(
        N_("Undervisningsform"),
        choices=choices([("", N_("Ikke bestemt")), ("online", N_("På nett")), ("place", N_("På et sted"))]),
        validators=[Optional()],
    )
