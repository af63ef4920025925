"""What an offer's page says of the offer and of each run, as terms and texts in the reader's language."""

from dataclasses import dataclass

from registry.catalogue import labels
from registry.catalogue.addresses import offer_address
from registry.catalogue.alternatives import Alternative
from registry.catalogue.details import OfferView, RunView
from registry.catalogue.labels import term_label, value_label
from registry.catalogue.presenting import audience, deadline_label, place_label
from registry.catalogue.vocabulary import Vocabulary
from registry.catalogue.windows import Applying
from registry.offers.models import Run
from registry.offers.states import RunState
from registry.web.formatting import long_date, number
from registry.web.i18n import current_language, gettext


def offer_facts(view: OfferView) -> list[tuple[str, str, str | None]]:
    """(term, text, the words it was read from where nobody told us)."""
    offer, words = view.offer, view.words
    languages = [value_label("language", code, words) for code in offer.languages]
    subjects = [value_label("subject", code, words) for code in view.rows.subjects]
    settings = list(dict.fromkeys(setting for setting, _ in view.rows.targets if setting))
    roles = list(dict.fromkeys(role for _, role in view.rows.targets if role))
    points = float(offer.credits) if offer.credits is not None else None
    facts = [
        (gettext("Omfang"), labels.credits_label(points, str(offer.credit_scheme or "")), "credits"),
        (gettext("Nivå"), labels.level_label(view.level), "level_code"),
        (gettext("Fag"), ", ".join(subjects), "subject_code"),
        (gettext("For"), audience(settings, roles, None, words), "targets"),
        (
            gettext("Trinn"),
            labels.years_label(offer.school_years) if offer.school_years else "",
            "school_years",
        ),
        (gettext("Steg"), str(offer.step or ""), "step"),
        (
            gettext("Tiltak"),
            value_label("measure", offer.measure_code, words) if offer.measure_code else "",
            "measure_code",
        ),
        (gettext("Undervisningsspråk"), ", ".join(languages), "languages"),
        (gettext("Avdeling"), offer.department or "", "department"),
        (gettext("Kode hos tilbyderen"), offer.native_code, "native_code"),
    ]
    return [(term, text, view.derived.get(field)) for term, text, field in facts if text]


def _run_facts(run: RunView, view: OfferView) -> list[tuple[str, str]]:
    """What one run says, in the same order everywhere."""
    row = run.run
    delivery = gettext(labels.DELIVERY[str(row.delivery)]) if row.delivery else ""
    if delivery and row.pk in view.derived_runs:
        delivery = gettext("%(value)s (utledet fra navnet)", value=delivery)
    facts = [
        (gettext("Sted"), place_label(run.places, str(row.delivery or ""), view.words)),
        (gettext("Form"), delivery),
        (gettext("Start"), long_date(row.starts_on)),
        (gettext("Slutt"), long_date(row.ends_on)),
        (gettext("Søknaden åpner"), long_date(row.application_opens_on)),
        (gettext("Søknadsfrist"), long_date(row.application_closes_on)),
        (gettext("Plasser"), str(row.places) if row.places is not None else ""),
        (gettext("Trengs for å starte"), str(row.minimum) if row.minimum is not None else ""),
    ]
    return [(term, text) for term, text in facts if text]


@dataclass(frozen=True, slots=True)
class RunCard:
    """One run on its offer's page. ``lost`` says why it will not be taught; ``apply`` is the words of the link."""

    run: Run
    term: str
    state: str
    color: str
    lost: str
    facts: list[tuple[str, str]]
    apply: str


def run_card(one: RunView, view: OfferView) -> RunCard:
    """A run in words."""
    apply = ""
    if one.run.apply_url and one.applying is Applying.OPEN:
        apply = gettext("Søk hos tilbyderen")
    elif one.run.apply_url and one.applying in (Applying.SOON, Applying.LATER, Applying.UNKNOWN):
        apply = gettext("Om søknad hos tilbyderen")
    return RunCard(
        run=one.run,
        term=term_label(one.run.term),
        state=labels.standing_label(str(one.applying), str(one.run.state)),
        color=labels.APPLYING_COLORS.get(str(one.applying), "neutral"),
        lost=_lost(one),
        facts=_run_facts(one, view),
        apply=apply,
    )


@dataclass(frozen=True, slots=True)
class AlternativeCard:
    """Another offer on an offer's page. ``facts`` are (term, text)."""

    href: str
    title: str
    language: str | None
    provider: str
    state: str
    color: str
    deadline: str
    facts: list[tuple[str, str]]


def alternative_card(one: Alternative, words: Vocabulary) -> AlternativeCard:
    """An alternative in words."""
    run, applying = one.run, str(one.applying)
    keys = [words.provider_keys[pk] for pk in one.rows.providers if pk in words.provider_keys]
    delivery = str(run.delivery or "")
    facts = [
        (gettext("Sted"), place_label(one.places, delivery, words)),
        (gettext("Avstand"), gettext("%(km)s km i luftlinje", km=number(round(one.km))) if one.km is not None else ""),
        (gettext("Form"), gettext(labels.DELIVERY[delivery]) if delivery else ""),
        (gettext("Oppstart"), long_date(run.starts_on) or term_label(run.term)),
    ]
    return AlternativeCard(
        href=offer_address(one.offer.key, one.offer.title),
        title=one.offer.title,
        language=one.offer.title_language,
        provider=" / ".join(words.providers[key].name(current_language()) for key in keys),
        state=labels.standing_label(applying, str(run.state)),
        color=labels.APPLYING_COLORS.get(applying, "neutral"),
        deadline=deadline_label(run.application_closes_on, applying),
        facts=[(term, text) for term, text in facts if text],
    )


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier run and what became of it."""

    run_id: int
    term: str
    became: str


def history(view: OfferView) -> list[Earlier]:
    """Earlier runs, newest first."""
    return [Earlier(one.run.pk, term_label(one.run.term), _became(one)) for one in view.earlier]


def _lost(one: RunView) -> str:
    if one.run.state is RunState.CANCELLED:
        reason = gettext(labels.CANCEL_REASONS[str(one.run.cancel_reason)])
        return gettext("Avlyst: %(reason)s.", reason=reason)
    if one.run.state is RunState.POSTPONED and one.postponed_to:
        return gettext("Utsatt til %(term)s.", term=term_label(one.postponed_to))
    return gettext("Utsatt.") if one.run.state is RunState.POSTPONED else ""


def _became(one: RunView) -> str:
    """A term that has passed without a word of what became of the run says no more than that it was offered."""
    lost = _lost(one)
    if lost:
        return lost
    return gettext("Gjennomført.") if one.run.state is RunState.COMPLETED else gettext("Tilbudt.")
