"""The words that find each other: the list, one group with its history, a trial of a change, and the change."""

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from registry.access.permissions import Permission
from registry.catalogue.forms import SynonymForm
from registry.catalogue.operations.synonyms import LANGUAGES, Wording, checked, clean_terms, save_synonyms
from registry.catalogue.tuning import tuned
from registry.catalogue.views.pages import pages
from registry.catalogue.wordlists import Group, Trial, group, groups, trial
from registry.core import clock
from registry.core.errors import InvalidInput, NeedsReason, Stale
from registry.web.flashes import flash_done
from registry.web.fragments import render
from registry.web.guard import guarded
from registry.web.i18n import explained, gettext
from registry.web.parts import actor, parts, reading, writing
from search.protocol import SearchUnavailable

_NEW = Group(name="", terms={}, valid_to=None, seen="")


@pages.get("/sokeord")
@guarded(Permission.SYNONYM_EDIT)
def synonyms() -> Response:
    """Every group, and a field to find one by a word in it."""
    looking_for = request.args.get("q", "").strip()
    with reading() as session:
        found = groups(session, clock.today(), looking_for)
    return render("catalogue/synonyms.html", groups=found, looking_for=looking_for)


@pages.get("/sokeord/ny")
@pages.get("/sokeord/<name>")
@guarded(Permission.SYNONYM_EDIT)
def synonym_group(name: str = "") -> Response:
    """One group, or an empty one."""
    return _page(name, None)


@pages.post("/sokeord/ny")
@pages.post("/sokeord/<name>")
@guarded(Permission.SYNONYM_EDIT)
def change_synonyms(name: str = "") -> Response:
    """Try the words on a search, or keep them."""
    form = SynonymForm()
    if not form.validate_on_submit():
        return _page(name, form, status=400)
    terms = {code: clean_terms(form[code].data or "") for code in LANGUAGES}
    try:
        if request.form.get("hva") == "prov":
            return _tried(name, form, terms)
        with writing() as session:
            wording = Wording(terms, form.reason.data or "", form.valid_to.data, form.seen.data or "")
            kept = save_synonyms(session, actor(), name, wording)
    except NeedsReason as refused:
        form.reason.errors = [explained(refused)]
        return _page(name, form, status=400)
    except (InvalidInput, Stale) as refused:
        form.nb.errors = [explained(refused)]
        return _page(name, form, status=400)
    with reading() as session:
        tuned(parts().search, session, now=True)
    flash_done(gettext("Ordene er lagret. Søket bruker dem når endringen er ført videre, vanligvis innen et minutt."))
    return redirect(url_for("catalogue.synonym_group", name=kept), 303)


def _tried(name: str, form: SynonymForm, terms: dict[str, list[str]]) -> Response:
    text = (form.tried.data or "").strip()
    if not text:
        form.tried.errors = [gettext("Skriv et søk å prøve ordene med.")]
        return _page(name, form, status=400)
    said = [term for term, _ in sorted(checked(terms))]
    try:
        with reading() as session:
            found = trial(parts().search, session, name, said, text, clock.today())
    except SearchUnavailable:
        form.tried.errors = [gettext("Søket svarer ikke akkurat nå. Prøv igjen litt senere.")]
        return _page(name, form, status=503)
    return _page(name, form, found=found)


def _page(name: str, form: SynonymForm | None, found: Trial | None = None, status: int = 200) -> Response:
    with reading() as session:
        known = group(session, name, clock.today()) if name else _NEW
    if form is None:
        said = {code: "\n".join(known.terms.get(code, ())) for code in LANGUAGES}
        form = SynonymForm(formdata=None, data={**said, "valid_to": known.valid_to, "seen": known.seen})
    form.reason.flags.required = True  # to keep the words, not to try them
    return render("catalogue/synonym_group.html", status=status, group=known, form=form, found=found)
