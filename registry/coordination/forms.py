"""What coordinators fill in."""

from wtforms import (
    DateField,
    FloatField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, Optional
from wtforms.widgets import HiddenInput

from registry.coordination.labels import FAULT_LABELS, REGION_LABELS, VERDICT_LABELS, WAY_LABELS
from registry.coordination.operations.deciding import NOTE_LIMIT
from registry.coordination.operations.meeting import TITLE_LIMIT
from registry.coordination.operations.ruling import TEXT_LIMIT as RULE_TEXT_LIMIT
from registry.web.forms import CheckboxesField, Form, QueryForm, choices
from registry.web.i18n import N_


class DecisionForm(Form):
    """One of the four answers, each a button, and what goes with it."""

    verdict = RadioField(N_("Svar"), choices=choices(VERDICT_LABELS.items()), validators=[InputRequired()])
    way = SelectField(N_("Måte å samordne på"), choices=choices(WAY_LABELS.items()), default="talk")
    fault = SelectField(
        N_("Hva som er feil"), choices=choices([("", N_("Velg")), *FAULT_LABELS.items()]), validators=[Optional()]
    )
    note = TextAreaField(N_("Merknad"), validators=[Optional(), Length(max=NOTE_LIMIT)])


class ProposalForm(Form):
    """What one institution proposes to another."""

    way = SelectField(N_("Måte å samordne på"), choices=choices(WAY_LABELS.items()), default="talk", id="proposal-way")
    text = TextAreaField(N_("Hva dere foreslår"), validators=[Optional(), Length(max=NOTE_LIMIT)], id="proposal-text")


class AnswerForm(Form):
    """An institution's answer to a proposal; a no says why."""

    accepted = HiddenField(validators=[InputRequired()])
    text = TextAreaField(N_("Begrunnelse"), validators=[Optional(), Length(max=NOTE_LIMIT)])


class CommentForm(Form):
    """A remark on a pair."""

    text = TextAreaField(N_("Kommentar"), validators=[DataRequired(), Length(max=NOTE_LIMIT)])


class PermissionForm(Form):
    """The network's decision about the last national offer."""

    reason = TextAreaField(N_("Begrunnelse for vedtaket"), validators=[DataRequired(), Length(max=NOTE_LIMIT)])


class RuleForm(Form):
    """A new version of a rule."""

    number = FloatField(N_("Tall"), validators=[InputRequired()])
    valid_from = DateField(N_("Gjelder fra"), validators=[DataRequired()])
    reason = TextAreaField(N_("Hvorfor regelen endres"), validators=[DataRequired(), Length(max=RULE_TEXT_LIMIT)])
    citation = TextAreaField(N_("Kilde"), validators=[DataRequired(), Length(max=RULE_TEXT_LIMIT)])
    exceptions = CheckboxesField(N_("Fag som er unntatt"), validators=[Optional()])
    text_nb = TextAreaField(N_("Regelen på bokmål"), validators=[DataRequired(), Length(max=RULE_TEXT_LIMIT)])
    text_nn = TextAreaField(N_("Regelen på nynorsk"), validators=[DataRequired(), Length(max=RULE_TEXT_LIMIT)])
    seen = IntegerField(validators=[InputRequired()], widget=HiddenInput())


class MeetingForm(Form):
    """A meeting whose papers are to be frozen."""

    title = StringField(N_("Navn på møtet"), validators=[DataRequired(), Length(max=TITLE_LIMIT)])
    held_on = DateField(N_("Dato for møtet"), validators=[DataRequired()])
    region = SelectField(
        N_("Krets"), choices=choices([("", N_("Hele nettverket")), *REGION_LABELS.items()]), validators=[Optional()]
    )


class MeetingDecisionForm(Form):
    """What a meeting decided."""

    item = StringField(N_("Gjelder"), validators=[Optional(), Length(max=240)])
    text = TextAreaField(N_("Vedtak"), validators=[DataRequired(), Length(max=NOTE_LIMIT)])


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
