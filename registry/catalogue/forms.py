"""What is filled in about the catalogue itself."""

from wtforms import DateField, HiddenField, StringField, TextAreaField
from wtforms.validators import Length, Optional

from registry.catalogue.operations.synonyms import LONGEST_REASON
from registry.catalogue.parameters import LONGEST_TEXT
from registry.web.forms import Form
from registry.web.i18n import N_

_MOST_LETTERS = 4_000


class SynonymForm(Form):
    """Words that find each other, by language, one a line; a search to try them on."""

    nb = TextAreaField(N_("Bokmål"), validators=[Optional(), Length(max=_MOST_LETTERS)])
    nn = TextAreaField(N_("Nynorsk"), validators=[Optional(), Length(max=_MOST_LETTERS)])
    se = TextAreaField(N_("Samiske språk"), validators=[Optional(), Length(max=_MOST_LETTERS)])
    en = TextAreaField(N_("Engelsk"), validators=[Optional(), Length(max=_MOST_LETTERS)])
    valid_to = DateField(N_("Siste dag de gjelder"), validators=[Optional()])
    tried = StringField(N_("Prøv med et søk"), validators=[Optional(), Length(max=LONGEST_TEXT)])
    reason = TextAreaField(N_("Hvorfor ordene endres"), validators=[Optional(), Length(max=LONGEST_REASON)])
    seen = HiddenField()
