"""The pre-check: a planned offer held against what there is."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from flask import Response as FlaskResponse
from flask import redirect, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from importers.sentences import Sentence, own_name
from registry.access.permissions import Permission
from registry.catalogue.labels import CANCEL_REASONS, value_label
from registry.catalogue.unmet import Wish
from registry.catalogue.vocabulary import Entry, Vocabulary, vocabulary
from registry.coordination.forms import AS_READ, PrecheckForm
from registry.coordination.labels import TIMING_LABELS
from registry.coordination.precheck import LISTED, RELATED, Planned, Review, review
from registry.coordination.precheck.choices import REGIONS
from registry.coordination.precheck.drafts import asked_of
from registry.coordination.precheck.planned import NONE, Told
from registry.coordination.precheck.telling import LABELS as FIELDS
from registry.coordination.precheck.telling import charts, content, precheck_table
from registry.coordination.precheck.timing import coming_terms, planned_terms
from registry.coordination.precheck.verdict import term_in_words
from registry.coordination.queries.desk.coverage_cells import COLUMNS
from registry.coordination.queries.detecting.offer_rows import load_geography
from registry.coordination.views.shared import LABELS, blueprint, may_see_exactly
from registry.core import clock, terms
from registry.core.text import norwegian_sort_key
from registry.offers.states import Delivery
from registry.rules.register import RuleSet, rules_on
from registry.web.export import TYPES, export
from registry.web.fragments import render
from registry.web.guard import guarded
from registry.web.i18n import N_, current_language, gettext
from registry.web.links import url_with
from registry.web.parts import actor, reading

_YEARS = ("1-4", "1-7", "1-10", "4-7", "5-7", "5-10", "8-10", "8-13", "11-13")
LAST_YEAR = 13  # of upper secondary school
_FACETS = {
    "subject": "subject",
    "setting": "setting",
    "role": "role",
    "school_years": "school_years",
    "delivery": "delivery",
}
_COLUMNS: Mapping[str, str] = {
    "east": N_("Øst"), "west": N_("Vest"), "north": N_("Nord"), "online": N_("På nett"), "total": N_("I alt"),
}  # fmt: skip


@blueprint.get("/forhandssjekk")
@guarded(Permission.CASE_READ)
def planned() -> Response:
    """A planned offer held against what there is: the form, and the review of what the address says."""
    today, ending = clock.today(), request.args.get("fil", "")
    with reading() as session:
        words, rules = vocabulary(session), rules_on(session, today)
        form = _form(session, words, rules)
        found = None
        if "tittel" in request.args and form.validate():
            exact = actor().organisations(Permission.FIGURES_EXACT) is None
            asked = _planned(form, words)
            whole = ending in TYPES
            found = review(session, asked, rules, today, may_see=may_see_exactly, exact=exact, whole=whole)
    if found is not None and ending in TYPES:
        return _json(found) if ending == "json" else export(precheck_table(found), ending)
    status = 400 if form.errors else 200
    shown = {} if found is None else _shown(found, words)
    return render("coordination/precheck.html", status=status, form=form, review=found, **shown, **LABELS)


@blueprint.get("/forhandssjekk/tilbud/<key>")
@guarded(Permission.CASE_READ)
def planned_as(key: str) -> Response:
    """The pre-check with what is known of an offer of one's own filled in, such as a draft."""
    with reading() as session:
        asked = asked_of(session, actor(), key, _coming(rules_on(session, clock.today())))
    return redirect(url_for("coordination.planned", **asked), 302)


def _json(found: Review) -> Response:
    answer = FlaskResponse(json.dumps(content(found), ensure_ascii=False, default=str), content_type=TYPES["json"])
    answer.headers["Content-Disposition"] = 'attachment; filename="forhandssjekk.json"'
    return answer


def _form(session: Session, words: Vocabulary, rules: RuleSet) -> PrecheckForm:
    """The form with its lists. Provider staff plan for their own institution."""
    geography = load_geography(session)
    regions = {place: geography.regions[county] for place, county in geography.counties.items()}
    form = PrecheckForm(request.args, regions=regions)
    mine = actor().organisations(Permission.CASE_READ)
    providers = [key for pk, key in words.provider_keys.items() if mine is None or pk in mine]
    form.institusjon.choices = [("", N_("Velg")), *_named(words.providers, providers)]
    if mine is not None and len(providers) == 1 and "institusjon" not in request.args:
        form.institusjon.data = providers[0]
    areas = {entry.parent for entry in words.subjects.values()}
    form.fag.choices = [
        ("", AS_READ), *_named(words.subjects, [code for code in words.subjects if code not in areas])
    ]  # fmt: skip
    form.trinn.choices = [
        ("", AS_READ),
        (NONE, N_("Ikke bundet til trinn")),
        *(
            (years, value_label("school_years", years, words))
            for years in _years_to_choose(request.args.get("trinn", ""))
        ),
    ]
    form.niva.choices = [("", N_("Ikke bestemt")), *_named(words.levels)]
    form.malgruppe.choices = _named(words.settings)
    form.rolle.choices = _named(words.roles)
    form.kommune.choices = [("", N_("Ikke bestemt")), *_named(words.municipalities)]
    form.termin.choices = [("", N_("Ikke bestemt")), *((term, term_in_words(term)) for term in _coming(rules))]
    return form


def _coming(rules: RuleSet) -> list[str]:
    return coming_terms(terms.of(clock.today()), int(rules["PRECHECK_TERMS"]))


def _years_to_choose(given: str) -> list[str]:
    """The usual spans, and what the address says where it can be one."""
    parts = given.split("-")
    sensible = len(parts) <= 2 and all(part.isdecimal() and 1 <= int(part) <= LAST_YEAR for part in parts)
    return [*_YEARS, *([given] if sensible and given not in _YEARS else [])]


def _named(known: Mapping[str, Entry], codes: Iterable[str] | None = None) -> list[tuple[str, str]]:
    """(code, name that says itself in the page's language), by name."""
    entries = [known[code] for code in (known if codes is None else codes)]
    entries.sort(key=lambda entry: norwegian_sort_key(entry.name(current_language())))
    return [
        (one.code, own_name(one.nb, nn=one.nn or one.nb, se=one.se or one.nb, en=one.en or one.nb)) for one in entries
    ]


def _years(years: str) -> Sentence:
    first, _, last = years.partition("-")
    if last in ("", first):
        return Sentence("%(year)s. trinn", year=first)
    return Sentence("%(first)s.–%(last)s. trinn", first=first, last=last)


def _planned(form: PrecheckForm, words: Vocabulary) -> Planned:
    """What the valid form says."""
    ids = {key: pk for pk, key in words.provider_keys.items()}
    first = form.termin.data
    return Planned(
        title=form.tittel.data,
        provider_id=ids.get(form.institusjon.data or ""),
        terms=planned_terms(first, int(form.antall.data)) if first else (),
        municipality=form.kommune.data or None,
        region=form.region.data or None,
        delivery=Delivery(form.form.data) if form.form.data else None,
        level=form.niva.data or None,
        subject=form.fag.data or None,
        school_years=form.trinn.data or None,
        step=form.steg.data or None,
        credits=form.credits,
        settings=form.malgruppe.data or (),
        roles=form.rolle.data or (),
    )


def _shown(found: Review, words: Vocabulary) -> dict[str, Any]:
    """What the page shows beside the review itself."""
    drawn, top = charts(found)
    return {
        "facts": [(FIELDS[one.field], _value(one, words), one) for one in found.understood.told],
        "place": _place(found, words),
        "charts": drawn,
        "top": top,
        "timings": TIMING_LABELS,
        "cancel_reasons": CANCEL_REASONS,
        "columns": [(column, _COLUMNS[column]) for column in COLUMNS],
        "related_shown": found.related[:RELATED],
        "listed": LISTED,
        "wishes": [(_wish(one, words), one.times) for one in found.demand.wishes],
        "downloads": [(one, url_with(fil=one)) for one in TYPES],
    }


def _place(found: Review, words: Vocabulary) -> str:
    """Where it is to be taught, as the comparison took it; empty where nobody knows."""
    municipality = words.municipalities.get(found.planned.municipality or "")
    if municipality is not None:
        return municipality.name(current_language())
    return ", ".join(gettext(REGIONS[region]) for region in REGIONS if region in found.understood.profile.regions)


def _wish(wish: Wish, words: Vocabulary) -> str:
    """What was looked for, with what it was narrowed to."""
    asked = [value_label(facet, value, words) for facet, values in wish.query.filters for value in values]
    return ", ".join(filter(None, (wish.query.text, *asked)))


def _value(told: Told, words: Vocabulary) -> str:
    """A field's values as people read them."""
    if told.field == "level":
        return ", ".join(words.levels[code].name(current_language()) for code in told.values if code in words.levels)
    if told.field in _FACETS:
        return ", ".join(value_label(_FACETS[told.field], value, words) for value in told.values)
    return ", ".join(told.values).replace(".", ",")
