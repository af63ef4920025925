"""What coordinators fill in."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

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
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError
from wtforms.widgets import HiddenInput

from registry.catalogue.labels import DELIVERY as DELIVERY_LABELS
from registry.coordination.labels import FAULT_LABELS, REGION_LABELS, VERDICT_LABELS, WAY_LABELS
from registry.coordination.operations.deciding import NOTE_LIMIT
from registry.coordination.operations.meeting import TEXT_LIMIT as PAPERS_TEXT_LIMIT
from registry.coordination.operations.meeting import TITLE_LIMIT
from registry.coordination.operations.ruling import TEXT_LIMIT as RULE_TEXT_LIMIT
from registry.coordination.precheck.planned import NONE
from registry.web.forms import CheckboxesField, Form, QueryForm, choices
from registry.web.i18n import N_, current_language, gettext

AS_READ = N_("Som navnet sier")
MOST_CREDITS = 300  # as the table of offers has it


def written(value: float) -> str:
    """A number as people write it into a field: 0,8, or 0.8 in English."""
    return f"{value:g}" if current_language() == "en" else f"{value:g}".replace(".", ",")


class NumberField(FloatField):  # type: ignore[misc]  # WTForms has no types
    """A number with a comma, as Norwegians write it; a point is understood too."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Raises ValueError for what is no number."""
        super().process_formdata([re.sub(r"\s", "", text).replace(",", ".") for text in valuelist])

    def _value(self) -> str:
        return written(self.data) if self.data is not None and not self.raw_data else super()._value()


class AnswerToManyForm(Form):
    """One of the four answers, each a button, and what goes with it."""

    verdict = RadioField(N_("Svar"), choices=choices(VERDICT_LABELS.items()), validators=[InputRequired()])
    way = SelectField(N_("Måte å samordne på"), choices=choices(WAY_LABELS.items()), default="talk")
    fault = SelectField(
        N_("Hva som er feil"), choices=choices([("", N_("Velg")), *FAULT_LABELS.items()]), validators=[Optional()]
    )
    note = TextAreaField(N_("Merknad"), validators=[Optional(), Length(max=NOTE_LIMIT)])


class DecisionForm(AnswerToManyForm):
    """The answer to one pair; ``seen`` is the pair as the person has it on the page (``operations.deciding.as_seen``)."""

    seen = HiddenField(N_("Paret"), validators=[InputRequired()])


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

    number = NumberField(N_("Tall"), validators=[InputRequired()])
    valid_from = DateField(N_("Gjelder fra"), validators=[DataRequired()])
    reason = TextAreaField(N_("Hvorfor regelen endres"), validators=[DataRequired(), Length(max=RULE_TEXT_LIMIT)])
    citation = TextAreaField(N_("Kilde"), validators=[DataRequired(), Length(max=RULE_TEXT_LIMIT)])
    exceptions = CheckboxesField(N_("Fag som er unntatt"), validators=[Optional()])
    text_nb = TextAreaField(N_("Regelen på bokmål"), validators=[DataRequired(), Length(max=RULE_TEXT_LIMIT)])
    text_nn = TextAreaField(N_("Regelen på nynorsk"), validators=[DataRequired(), Length(max=RULE_TEXT_LIMIT)])
    seen = IntegerField(validators=[InputRequired()], widget=HiddenInput())


class ReturnForm(Form):
    """Back to an earlier scorecard of duplicates; ``seen`` is the version that held when the person looked."""

    seen = HiddenField()
    reason = TextAreaField(N_("Hvorfor dere går tilbake"), validators=[DataRequired(), Length(max=NOTE_LIMIT)])


class MeetingForm(Form):
    """A meeting whose papers are to be frozen."""

    title = StringField(N_("Navn på møtet"), validators=[DataRequired(), Length(max=TITLE_LIMIT)])
    held_on = DateField(N_("Dato for møtet"), validators=[DataRequired()])
    region = SelectField(
        N_("Region"), choices=choices([("", N_("Hele nettverket")), *REGION_LABELS.items()]), validators=[Optional()]
    )


class MeetingDecisionForm(Form):
    """What a meeting decided."""

    item = StringField(N_("Gjelder"), validators=[Optional(), Length(max=240)])
    text = TextAreaField(N_("Vedtak"), validators=[DataRequired(), Length(max=NOTE_LIMIT)])


class WithdrawPapersForm(Form):
    """Why frozen papers no longer hold."""

    reason = TextAreaField(
        N_("Hvorfor papirene trekkes tilbake"), validators=[DataRequired(), Length(max=PAPERS_TEXT_LIMIT)]
    )


class PrecheckForm(QueryForm):
    """A planned offer. A GET form: the answer has an address that can be shared. Lists are filled by the view."""

    tittel = StringField(N_("Navn på tilbudet"), validators=[DataRequired(), Length(max=300)])
    institusjon = SelectField(N_("Institusjon"), validators=[Optional()])
    fag = SelectField(N_("Fag"), validators=[Optional()])
    trinn = SelectField(N_("Trinn"), validators=[Optional()])
    steg = SelectField(
        N_("Steg"),
        choices=choices([("", AS_READ), (NONE, N_("Ikke delt i steg")), *((one, one) for one in "123456")]),
        validators=[Optional()],
    )
    studiepoeng = StringField(N_("Studiepoeng"), validators=[Optional(), Length(max=6)])
    niva = SelectField(N_("Nivå"), validators=[Optional()])
    malgruppe = CheckboxesField(N_("Arbeidssted"), validators=[Optional()])
    rolle = CheckboxesField(N_("Rolle"), validators=[Optional()])
    form = SelectField(
        N_("Undervisningsform"),
        choices=choices([("", N_("Ikke bestemt")), *DELIVERY_LABELS.items()]),
        validators=[Optional()],
    )
    region = SelectField(
        N_("Region"), choices=choices([("", N_("Ikke bestemt")), *REGION_LABELS.items()]), validators=[Optional()]
    )
    kommune = SelectField(N_("Kommune"), validators=[Optional()])
    termin = SelectField(N_("Første termin"), validators=[Optional()])
    antall = SelectField(
        N_("Antall terminer"), choices=choices([(one, one) for one in "1234"]), default="1", validators=[Optional()]
    )

    def __init__(self, *given: Any, regions: Mapping[str, str], **named: Any) -> None:
        """``regions``: municipality -> region."""
        super().__init__(*given, **named)
        self._regions = regions

    @property
    def credits(self) -> Decimal | None:
        """The number of credits; None where it is left to the name. Valid once the form is."""
        text = (self.studiepoeng.data or "").strip().replace(",", ".")
        return Decimal(text) if text else None

    def validate_studiepoeng(self, field: Any) -> None:
        """As the table of offers has it: more than nought, at most 300, with one decimal."""
        text = (field.data or "").strip().replace(",", ".")
        if not re.fullmatch(r"\d{1,3}(\.\d)?", text) or not 0 < Decimal(text) <= MOST_CREDITS:
            raise ValidationError(
                gettext("Skriv studiepoeng som et tall mellom 0,5 og 300, for eksempel 15 eller 7,5.")
            )

    def validate_region(self, field: Any) -> None:
        """A municipality lies where it lies."""
        region = self._regions.get(self.kommune.data or "")
        if field.data and region and region != field.data:
            raise ValidationError(
                gettext("Kommunen ligger i en annen region. Velg den regionen, eller la feltet stå tomt.")
            )

    def validate_antall(self, field: Any) -> None:  # noqa: ARG002 - WTForms' signature
        """Several terms begin somewhere."""
        if self.antall.data != "1" and not self.termin.data:
            raise ValidationError(gettext("Velg første termin, så vet vi hvilke terminer det gjelder."))
