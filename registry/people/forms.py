"""What an administrator fills in."""

from wtforms import BooleanField
from wtforms.validators import InputRequired

from registry.web.forms import Form
from registry.web.i18n import N_


class EraseForm(Form):
    """For good, so it is said twice."""

    sure = BooleanField(
        N_("Ja, opplysningene skal slettes for godt"),
        validators=[InputRequired(N_("Kryss av for at opplysningene skal slettes for godt."))],
    )
