"""Sheets about people and plans: a template to fill in, a rehearsal, the delivery, and rows to repair. Own ones only."""

import hashlib
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from flask import Response as FileResponse
from flask import abort, redirect, request, url_for
from sqlmodel import Session, col, select
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from importers.payloads import examine
from importers.persons import without_persons
from importers.protocol import Payload, PayloadRefused
from importers.sentences import Sentence
from importers.sheets.contract import NamesPeople
from registry.access.keyring import Keyring
from registry.access.permissions import Permission
from registry.access.pseudonyms import short_form
from registry.core.errors import InvalidInput
from registry.intake import labels
from registry.intake.forms import DiscardForm, SheetForm
from registry.intake.kinds import KINDS, SheetKind
from registry.intake.operations import discard, import_payloads, retry
from registry.intake.queries import reported
from registry.intake.reading.delivery import find_format, find_sheet
from registry.intake.reading.protecting import protect_to
from registry.intake.reading.result import ImportResult
from registry.intake.states import ImportOutcome
from registry.reference.models import Organisation
from registry.web.flashes import flash_done, flash_problem
from registry.web.forms import choices
from registry.web.fragments import render
from registry.web.guard import guarded
from registry.web.i18n import N_, explained, gettext, ngettext, page_blueprint
from registry.web.navigation import Entry
from registry.web.pagination import Pagination, page_number
from registry.web.parts import actor, parts, reading, writing

blueprint = page_blueprint("sheets", __name__, "/ark")
NAVIGATION = (Entry(N_("Lever ark"), "sheets.index", Permission.SHEET_DELIVER, order=58),)

SIZE = 25
_PSEUDONYM = re.compile(r"[A-Za-z0-9_-]{1,15}:[0-9a-f]{48,64}(?: |$)")
ENDINGS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "csv": "text/csv; charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class Words:
    """How one kind of sheet is spoken of. All msgids."""

    title: str
    about: str
    action: str


WORDS = {
    "soknader": Words(
        N_("Søknader"),
        N_(
            "For institusjoner som tar imot søknader i sitt eget system. Fødselsnummer blir gjort om til pseudonymer i det filen "
            "kommer inn. De blir aldri lagret."
        ),
        N_("Ta inn søknadene"),
    ),
    "tall": Words(
        N_("Tall per kull"),
        N_("For institusjoner som ikke sender enkeltsøknader. Et tomt felt betyr at tallet er ukjent, ikke null."),
        N_("Ta inn tallene"),
    ),
    "kompetanseplan": Words(
        N_("Kompetanseplan"),
        N_(
            "Arket er planen: behov som ikke står i det lenger, blir tatt ut. Planen må sendes inn etterpå for å telle med."
        ),
        N_("Ta inn planen"),
    ),
}


@blueprint.app_template_filter("cell")
def cell(value: str | None) -> str:
    """A cell as a page shows it: a pseudonym by its short form."""
    return short_form(value.split(" ")[0]) if value and _PSEUDONYM.match(value) else value or ""


@blueprint.app_template_filter("fault")
def fault(reason: str, position: int) -> str:
    """What is wrong with a row, without the row's number that stands before it."""
    if isinstance(reason, Sentence) and "faults" in reason.values:
        return cast("str", reason.values["faults"])
    return reason.removeprefix(f"Rad {position}, ")


@blueprint.get("")
@guarded(Permission.SHEET_DELIVER)
def index() -> Response:
    """The kinds of sheet that the person may deliver, and what was delivered."""
    reaches = _reaches()
    with reading() as session:
        found = reported.deliveries(session, reaches)
    return render(
        "intake/sheets.html",
        kinds=[(KINDS[word], WORDS[word]) for word in reaches],
        deliveries=found,
        words={KINDS[word].format: words for word, words in WORDS.items()},
        outcomes=labels.OUTCOMES,
    )


@blueprint.get("/mal/<kind>.<ending>")
@guarded(Permission.SHEET_DELIVER)
def template(kind: str, ending: str) -> Response:
    """An empty sheet to fill in."""
    wanted = _kind(kind)
    if ending not in ENDINGS:
        abort(404)
    answer = FileResponse(find_sheet(wanted.format).template(ending), mimetype=ENDINGS[ending])
    answer.headers["Content-Disposition"] = f'attachment; filename="{wanted.word}.{ending}"'
    return answer


@blueprint.route("/<kind>", methods=["GET", "POST"])
@guarded(Permission.SHEET_DELIVER)
def offered(kind: str) -> Response:
    """Choose a file; it is rehearsed and nothing is written to the registry."""
    wanted = _kind(kind)
    form = _form(wanted)
    if not form.validate_on_submit():
        return render(
            "intake/sheet.html",
            kind=wanted,
            words=WORDS[kind],
            form=form,
            endings=list(ENDINGS),
            status=400 if request.method == "POST" else 200,
        )
    name = Path(form.file.data.filename or "ark").name
    try:
        digest, copied = _put_aside(wanted, form.file.data, name)
    except PayloadRefused as refused:
        result = ImportResult(wanted.format, message=refused.message, outcome=ImportOutcome.REFUSED)
        return _preview(wanted, result, name, {})
    result = _import(wanted, digest, copied, form.organisation.data, dry_run=True)
    return _preview(wanted, result, copied, {"digest": digest, "name": copied, "organisation": form.organisation.data})


@blueprint.post("/<kind>/ta-inn")
@guarded(Permission.SHEET_DELIVER)
def taken(kind: str) -> Response:
    """What was rehearsed is taken in."""
    wanted = _kind(kind)
    digest = request.form.get("digest", "")
    if not re.fullmatch(r"[0-9a-f]{64}", digest) or not _aside(wanted, digest).exists():
        raise InvalidInput("Filen er ikke her lenger. Velg den på nytt.")
    name = Path(request.form.get("name", "ark")).name
    result = _import(wanted, digest, name, request.form.get("organisation", ""), dry_run=False)
    _aside(wanted, digest).unlink(missing_ok=True)
    if result.exit_code:
        flash_problem(gettext(result.message or N_("Leveransen ble ikke tatt inn.")))
    else:
        flash_done(ngettext("Én rad er lest.", "%(num)d rader er lest.", result.seen))
    return redirect(url_for("sheets.delivered", run_id=result.run))


@blueprint.get("/leveranse/<int:run_id>")
@guarded(Permission.SHEET_DELIVER)
def delivered(run_id: int) -> Response:
    """What became of a delivery, and the rows that wait."""
    with reading() as session:
        run, kind = reported.delivery(session, run_id, _reaches())
        rows = reported.waiting_rows(session, run, page_number(), SIZE)
    return render(
        "intake/sheet_delivery.html",
        run=run,
        kind=kind,
        words=WORDS[kind.word],
        rows=rows,
        pagination=Pagination(rows.number, rows.size, rows.total),
        outcomes=labels.OUTCOMES,
        states=labels.STATES,
    )


@blueprint.route("/rad/<int:row_id>", methods=["GET", "POST"])
@guarded(Permission.SHEET_DELIVER)
def row(row_id: int) -> Response:
    """One row: repair its cells and try again."""
    problem: InvalidInput | None = None
    if request.method == "POST":
        try:
            return _retried(row_id)
        except InvalidInput as fault:
            problem = fault
    return _row_page(row_id, DiscardForm(formdata=None), problem)


@blueprint.post("/rad/<int:row_id>/legg-bort")
@guarded(Permission.SHEET_DELIVER)
def discarded(row_id: int) -> Response:
    """Set the row aside for good."""
    form = DiscardForm()
    if not form.validate_on_submit():
        return _row_page(row_id, form, None)
    with reading() as session:
        _, run, _ = reported.row_of(session, row_id, _reaches())
    with writing() as session:
        discard(session, actor(), row_id, form.reason.data)
    flash_done(gettext("Raden er lagt bort."))
    return redirect(url_for("sheets.delivered", run_id=run.pk))


def _reaches() -> reported.Reaches:
    """The kinds that the person may deliver, and for whom."""
    found = {word: actor().organisations(kind.permission) for word, kind in KINDS.items()}
    return {word: reach for word, reach in found.items() if reach is None or reach}


def _kind(word: str) -> SheetKind:
    """What may not be delivered does not exist."""
    if word not in _reaches():
        abort(404)
    return KINDS[word]


def _form(kind: SheetKind) -> SheetForm:
    form = SheetForm()
    with reading() as session:
        own = _organisations(session, _reaches()[kind.word])
    form.organisation.choices = choices(own)
    return form


def _organisations(session: Session, reach: reported.Reach) -> list[tuple[str, str]]:
    query = select(Organisation).order_by(col(Organisation.name_nb))
    if reach is not None:
        query = query.where(col(Organisation.id).in_(reach))
    return [(one.key, one.name_nb) for one in session.exec(query)]


def _import(kind: SheetKind, digest: str, name: str, organisation: str, *, dry_run: bool) -> ImportResult:
    """The file that lies aside is a copy that this service made: nobody's number is in it."""
    return import_payloads(
        parts().database,
        actor(),
        kind.format,
        [Payload(_aside(kind, digest), name)],
        provider=organisation or "–",
        is_protected=True,
        dry_run=dry_run,
        payload_folder=parts().settings.home / "payloads",
    )


def _aside(kind: SheetKind, digest: str) -> Path:
    """The name says of which kind it is: a copy of another kind may hold what this one must not."""
    return parts().settings.home / "uploads" / f"{kind.format}-{digest}"


def _put_aside(kind: SheetKind, upload: FileStorage, name: str) -> tuple[str, str]:
    """Keep the file, or the copy where it names people, until it is taken in. Returns its digest, and a name fit to show."""
    reader = find_format(kind.format)
    folder = parts().settings.home / "uploads"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as process_own:  # mode 700
        given = Payload(Path(process_own) / "given", name)
        upload.save(given.path)
        examine(given)
        if isinstance(reader, NamesPeople):
            safe = protect_to(reader, given, Keyring.of(parts().settings), Path(process_own) / "copy")
            if safe.refusal is not None:
                raise PayloadRefused(safe.refusal)
            given = safe.payloads[0]
        digest = hashlib.sha256(given.path.read_bytes()).hexdigest()
        _aside(kind, digest).write_bytes(given.path.read_bytes())
    return digest, given.name


def _preview(kind: SheetKind, result: ImportResult, name: str, fields: dict[str, str]) -> Response:
    return render(
        "intake/sheet_preview.html", kind=kind, words=WORDS[kind.word], result=result, name=name, fields=fields
    )


def _retried(row_id: int) -> Response:
    with reading() as session:
        found, run, _ = reported.row_of(session, row_id, _reaches())
    raw = {name: request.form.get(f"v{place}", "") for place, name in enumerate(found.raw)}
    with writing() as session:
        retry(session, actor(), row_id, raw, keyring=Keyring.of(parts().settings))
    flash_done(gettext("Raden er rettet og tatt inn."))
    return redirect(url_for("sheets.delivered", run_id=run.pk))


def _row_page(row_id: int, form: DiscardForm, problem: InvalidInput | None) -> Response:
    """What somebody has written is shown again, but for numbers of persons."""
    with reading() as session:
        found, run, kind = reported.row_of(session, row_id, _reaches())
    cells = []
    for place, (name, value) in enumerate(found.raw.items()):
        written = request.form.get(f"v{place}", value or "")
        cells.append((f"v{place}", name, written if written in (value, without_persons(written)) else ""))
    return render(
        "intake/sheet_row.html",
        row=found,
        run=run,
        kind=kind,
        words=WORDS[kind.word],
        cells=cells,
        form=form,
        problem=explained(problem, marked=True) if problem else None,
        wrong=problem.details.get("field") if problem else found.field,
        states=labels.STATES,
        status=400 if problem or form.errors else 200,
    )
