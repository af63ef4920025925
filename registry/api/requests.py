"""What is sent to the API, checked by shape before any operation is asked. Also the schemas of the documentation."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from importers.text import unstorable
from registry.applications.status_words import Told

#: Most items in one call; more are sent in several.
MOST = 1_000


class _Strict(BaseModel):
    # Strict: a number is no date, and a text no number, even where one could be made of the other.
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, strict=True)

    @field_validator("*", mode="after")
    @classmethod
    def _storable(cls, value: object) -> object:
        """Raises ValueError for a text with a character that cannot be stored."""
        if isinstance(value, str) and unstorable(value):
            raise ValueError("a control character cannot be stored")
        return value


class RunName(_Strict):
    """Which run: by the registry's own key, or by the institution's offer code and the term."""

    key: str | None = Field(default=None, max_length=240, examples=["1177-engelsk1-2026H"])
    offer_code: str | None = Field(default=None, max_length=100, examples=["KENG1-1-7"])
    term: str | None = Field(default=None, pattern=r"^[0-9]{4}[VH]$", examples=["2026H"])
    run_code: str | None = Field(default=None, max_length=100)


class ApplicationItem(_Strict):
    """Where one person's application to one run stands. The national identity number becomes a pseudonym as it arrives;
    it is not stored, logged or answered.
    """

    run: RunName
    national_id: str = Field(
        min_length=11, max_length=11, pattern=r"^[0-9]{11}$", description="Fødselsnummer or D-number: eleven digits."
    )
    status: Told
    status_on: date | None = None
    reason: str | None = Field(
        default=None,
        max_length=200,
        description="A code of the registry's reasons; required when rejected or withdrawn.",
    )
    answer_by: date | None = None
    applied_on: date | None = Field(default=None, description="Decides the place in line. Today where left out.")
    priority: int | None = Field(default=None, ge=1, le=99)
    employer_orgnr: str | None = Field(default=None, pattern=r"^[0-9]{9}$")
    credits: float | None = Field(default=None, ge=0, le=360)
    reference: str | None = Field(
        default=None, max_length=60, description="The institution's own number: the same one is the same application."
    )


class ApplicationBatch(_Strict):
    """Many applications at once. Each is known by run and person, so the same call again changes nothing."""

    applications: Annotated[list[ApplicationItem], Field(min_length=1, max_length=MOST)]


class Counts(_Strict):
    """Figures of a run on a day. What is left out is unknown, not zero."""

    applied: int | None = Field(default=None, ge=0, le=100_000)
    qualified: int | None = Field(default=None, ge=0, le=100_000)
    offered: int | None = Field(default=None, ge=0, le=100_000)
    accepted: int | None = Field(default=None, ge=0, le=100_000)
    waitlisted: int | None = Field(default=None, ge=0, le=100_000)
    rejected: int | None = Field(default=None, ge=0, le=100_000)
    withdrawn: int | None = Field(default=None, ge=0, le=100_000)
    no_show: int | None = Field(default=None, ge=0, le=100_000)
    started: int | None = Field(default=None, ge=0, le=100_000)
    completed: int | None = Field(default=None, ge=0, le=100_000)


class CountItem(_Strict):
    """Counts of one run on one day; the same run and day again replaces them."""

    run: RunName
    counted_on: date
    counts: Counts


class CountBatch(_Strict):
    """Counts of many runs at once."""

    counts: Annotated[list[CountItem], Field(min_length=1, max_length=MOST)]


class ItemFault(_Strict):
    """Why one item was not taken: the field, and what to do, in the caller's language."""

    field: str
    reason: str
    cure: str


class ItemResult(_Strict):
    """What became of one item, by its place in the call (0 is the first)."""

    index: int
    outcome: Literal["new", "changed", "unchanged", "refused"]
    application: int | None = Field(default=None, description="The registry's number of the application.")
    fault: ItemFault | None = None


class BatchAnswer(_Strict):
    """seen = new + changed + unchanged + refused."""

    seen: int
    new: int
    changed: int
    unchanged: int
    refused: int
    results: list[ItemResult]


class Problem(BaseModel):
    """RFC 9457."""

    type: str
    title: str
    status: int
    detail: str | None = None
    errors: list[dict[str, str]] | None = Field(
        default=None, description='Where the body is wrong: [{"pointer": "/applications/0/status", "detail": "…"}].'
    )


class RunOut(BaseModel):
    """A run as it stands."""

    key: str
    term: str
    state: str
    absorbed_into: str | None = Field(
        default=None, description="The key of the run that this one was found to be the same as: it stands for both."
    )
    starts_on: date | None
    ends_on: date | None
    application_opens_on: date | None
    application_closes_on: date | None
    places: int | None
    minimum: int | None
    delivery: str | None
    municipalities: list[str]
    apply_url: str | None


class ProviderOut(BaseModel):
    """A provider; a joint offer has several."""

    name: str
    dbh_code: str | None
    orgnr: str | None
    leads: bool


class OfferOut(BaseModel):
    """An offer with its runs."""

    key: str
    native_code: str
    title: str
    state: str = Field(
        description="«published», «discontinued», or «archived»: put away after it was public, or gone into «merged_into»."
    )
    merged_into: str | None = Field(
        description="The key of the offer that this one was found to be the same as; its runs and places are told there."
    )
    subject: str | None
    level: str | None
    credits: float | None
    credit_scheme: str | None
    measure: str | None
    url: str | None
    demonstration: bool
    changed_at: str
    providers: list[ProviderOut]
    runs: list[RunOut]


class FiguresOut(Counts):
    """Exact figures of the institution's own run. ``source`` is applications, counts or none."""

    source: str
    counted_on: date | None = None


class OwnRunOut(RunOut):
    """One of the institution's own runs, with its figures."""

    offer: str
    title: str
    changed_at: str
    figures: FiguresOut


class OfferPage(BaseModel):
    """One page. ``next`` is the address of the next one, or null at the end."""

    data: list[OfferOut]
    next: str | None


class OwnRunPage(BaseModel):
    """One page. ``next`` is the address of the next one, or null at the end."""

    data: list[OwnRunOut]
    next: str | None
