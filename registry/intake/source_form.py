"""The form of a source that is fetched."""

import ipaddress
from typing import Any
from urllib.parse import urlsplit

from wtforms import SelectField, StringField, ValidationError
from wtforms.validators import InputRequired, Length

from importers.fetch.addresses import is_public
from registry.intake.labels import AUTHS, REDIRECTS, WALKS
from registry.intake.models import Source
from registry.intake.presenting.sources import INTERVALS, often
from registry.intake.source_checks import SourceDraft
from registry.intake.states import SourceAuth, Walk
from registry.web.forms import Form, choices
from registry.web.i18n import N_, gettext


class SourceForm(Form):
    """A source with an address. The room's operation checks the rest; here is what can be said of a field alone."""

    name = StringField(N_("Hva kilden heter"), validators=[InputRequired(), Length(max=120)])
    format = SelectField(N_("Format"), validators=[InputRequired()])
    provider = SelectField(N_("Tilbyder"))
    url = StringField(N_("Adresse"), validators=[InputRequired(), Length(max=1000)])
    walk = SelectField(N_("Hvordan kilden svarer"), choices=choices((str(one), text) for one, text in WALKS.items()))
    every_minutes = SelectField(N_("Hvor ofte den hentes"))
    auth = SelectField(N_("Nøkkel"), choices=choices((str(one), text) for one, text in AUTHS.items()))
    secret_name = StringField(N_("Miljøvariabelen med nøkkelen"), validators=[Length(max=80)])
    redirects = SelectField(N_("Omdirigeringer"), choices=choices(REDIRECTS), default="0")

    def offer_intervals(self, present: int | None = None) -> None:
        """The intervals to choose from, with the present one where it is another."""
        offered = sorted({*INTERVALS, *([present] if present else [])})
        self.every_minutes.choices = choices([("", often(None)), *((str(each), often(each)) for each in offered)])

    def validate_url(self, field: Any) -> None:
        """What lies at a closed address is refused here, in words; names are looked up each time they are fetched."""
        try:
            host = (urlsplit((field.data or "").strip()).hostname or "").rstrip(".").casefold()
        except ValueError:
            return  # told by the operation
        if host == "localhost" or host.endswith((".localhost", ".local", ".internal")) or not _is_open(host):
            raise ValidationError(
                gettext("Adressen ligger på et lukket nett. Kilder hentes bare fra det åpne internettet.")
            )

    def fill(self, source: Source) -> None:
        """Show what the source is now."""
        self.name.data, self.format.data, self.url.data = source.name, source.format, source.url
        self.provider.data = str(source.organisation_id or "")
        self.walk.data, self.auth.data = str(source.walk), str(source.auth)
        self.every_minutes.data = str(source.every_minutes or "")
        self.secret_name.data, self.redirects.data = source.secret_name, str(source.redirects)

    def draft(self) -> SourceDraft:
        """The source as it is described."""
        return SourceDraft(
            self.name.data,
            self.format.data,
            self.url.data,
            int(self.provider.data) if self.provider.data else None,
            Walk(self.walk.data),
            int(self.every_minutes.data) if self.every_minutes.data else None,
            SourceAuth(self.auth.data),
            self.secret_name.data or None,
            int(self.redirects.data or 0),
        )


def _is_open(host: str) -> bool:
    """False for a written address that no feed may lie at, also one written as a number; names are left to the fetch."""
    text = host.partition("%")[0]
    try:
        return is_public(ipaddress.ip_address(int(text, 0) if text.isdigit() or text.startswith("0x") else text))
    except ValueError:
        return not all(part.isdigit() or part.startswith("0x") for part in text.split("."))
