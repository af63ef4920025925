"""What owners fill in about their needs and their money."""

from wtforms import DateField, DecimalField, IntegerField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from registry.plans.labels import MONEY, PRIORITIES
from registry.plans.operations import LARGEST_AMOUNT, MOST_HEADS, NOTE_LIMIT
from registry.web.forms import Form, choices
from registry.web.i18n import N_

ANYBODY = N_("Alle")


class NeedForm(Form):
    """One line of a plan: whom, how many, how urgent. The choices of the first three are the registry's own lists."""

    subject = SelectField(N_("Fag"), validators=[InputRequired()])
    setting = SelectField(N_("Hvor de arbeider"), validators=[Optional()])
    role = SelectField(N_("Rolle"), validators=[Optional()])
    heads = IntegerField(
        N_("Antall personer"), validators=[InputRequired(), NumberRange(1, MOST_HEADS)], render_kw={"min": 1}
    )
    priority = SelectField(
        N_("Prioritet"), choices=choices((str(one), text) for one, text in PRIORITIES.items()), default="3"
    )


class MoneyForm(Form):
    """One amount."""

    kind = SelectField(N_("Hva beløpet er"), choices=choices(MONEY.items()), validators=[InputRequired()])
    amount = DecimalField(N_("Beløp i kroner"), places=0, validators=[InputRequired(), NumberRange(1, LARGEST_AMOUNT)])
    on = DateField(N_("Ført den"), validators=[Optional()])
    note = StringField(N_("Merknad"), validators=[Optional(), Length(max=NOTE_LIMIT)])
