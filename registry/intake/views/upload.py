"""A delivery from somebody's own machine: rehearsed first, taken in when they say so."""

import hashlib
import re
from pathlib import Path

from flask import Response as FileResponse
from flask import abort, redirect, request, url_for
from sqlmodel import Session, col, select
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from importers import formats
from importers.formats import offers_sheet
from importers.protocol import Payload
from registry.access.permissions import Permission
from registry.core.errors import InvalidInput
from registry.intake.forms import UploadForm
from registry.intake.kinds import landed_formats
from registry.intake.operations import import_payloads
from registry.intake.presenting.tables import wrong_rows_table
from registry.intake.reading.result import ImportResult
from registry.reference.models import PROVIDER_KINDS, Organisation
from registry.web.export import TYPES, export
from registry.web.flashes import flash_done, flash_problem
from registry.web.forms import choices
from registry.web.fragments import render
from registry.web.guard import guarded
from registry.web.i18n import N_, gettext, ngettext, page_blueprint
from registry.web.parts import actor, parts, reading

blueprint = page_blueprint("upload", __name__, "/innhenting")

_CHUNK = 1 << 20
_KINDS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
}


@blueprint.get("/mal/tilbud.<kind>")
@guarded(Permission.IMPORT_RUN)
def template(kind: str) -> Response:
    """An empty offers sheet to fill in."""
    if kind not in _KINDS:
        abort(404)
    answer = FileResponse(offers_sheet.template(kind), mimetype=_KINDS[kind])
    answer.headers["Content-Disposition"] = f'attachment; filename="tilbud.{kind}"'
    return answer


@blueprint.route("/ny", methods=["GET", "POST"])
@guarded(Permission.IMPORT_RUN)
def offered() -> Response:
    """Choose a file; it is rehearsed and nothing is written."""
    form = _form()
    if not form.validate_on_submit():
        return render(
            "intake/upload.html", form=form, kinds=list(_KINDS), status=400 if request.method == "POST" else 200
        )
    digest = _put_aside(form.file.data)
    name = Path(form.file.data.filename or "fil").name
    result = _import(form.format.data, digest, name, form.provider.data, dry_run=True)
    return render(
        "intake/preview.html",
        result=result,
        name=name,
        fields={"digest": digest, "name": name, "format": form.format.data, "provider": form.provider.data or ""},
    )


@blueprint.post("/ny/feil.<kind>")
@guarded(Permission.IMPORT_RUN)
def wrong_rows(kind: str) -> Response:
    """The rows of a rehearsed file that cannot be taken in, with what is wrong beside them."""
    if kind not in TYPES:
        abort(404)
    digest = _rehearsed()
    name = Path(request.form.get("name", "fil")).name
    result = _import(request.form.get("format", ""), digest, name, request.form.get("provider") or None, dry_run=True)
    return export(wrong_rows_table(gettext("rader-med-feil"), result.rejections), kind)


@blueprint.post("/ta-inn")
@guarded(Permission.IMPORT_RUN)
def taken() -> Response:
    """What was rehearsed is taken in."""
    digest = _rehearsed()
    name = Path(request.form.get("name", "fil")).name
    result = _import(request.form.get("format", ""), digest, name, request.form.get("provider") or None, dry_run=False)
    _aside(digest).unlink(missing_ok=True)
    if result.exit_code:
        flash_problem(gettext(result.message or N_("Leveransen ble ikke tatt inn.")))
    else:
        flash_done(ngettext("Én rad er lest.", "%(num)d rader er lest.", result.seen))
    return redirect(url_for("intake.shown", run_id=result.run))


def _rehearsed() -> str:
    """The digest of a file that lies aside. Raises InvalidInput where it is none."""
    digest = request.form.get("digest", "")
    if not re.fullmatch(r"[0-9a-f]{64}", digest) or not _aside(digest).exists():
        raise InvalidInput("Filen er ikke her lenger. Velg den på nytt.")
    return digest


def _form() -> UploadForm:
    form = UploadForm()
    own = actor().organisations(Permission.IMPORT_RUN)
    with reading() as session:
        providers = _providers(session, own)
    form.format.choices = choices(
        (name, known.TITLE) for name, known in formats.formats().items() if name not in landed_formats()
    )
    if not form.format.data:
        form.format.data = offers_sheet.NAME
    form.provider.choices = choices(providers if own is not None else [("", N_("Alle tilbydere i filen")), *providers])
    return form


def _providers(session: Session, own: frozenset[int] | None) -> list[tuple[str, str]]:
    query = select(Organisation).where(col(Organisation.kind).in_(PROVIDER_KINDS)).order_by(col(Organisation.name_nb))
    if own is not None:
        query = query.where(col(Organisation.id).in_(own))
    return [(one.dbh_code or one.orgnr or one.name_nb, one.name_nb) for one in session.exec(query)]


def _import(format_name: str, digest: str, name: str, provider: str | None, *, dry_run: bool) -> ImportResult:
    return import_payloads(
        parts().database,
        actor(),
        format_name,
        [Payload(_aside(digest), name)],
        provider=provider or None,
        dry_run=dry_run,
        payload_folder=parts().settings.home / "payloads",
        max_bytes=parts().settings.max_payload_bytes,
    )


def _aside(digest: str) -> Path:
    return parts().settings.home / "uploads" / digest


def _put_aside(upload: FileStorage) -> str:
    """Keep the file until it is taken in; it is known by its digest, never by its name."""
    digest = hashlib.sha256()
    while chunk := upload.stream.read(_CHUNK):
        digest.update(chunk)
    upload.stream.seek(0)
    path = _aside(digest.hexdigest())
    path.parent.mkdir(parents=True, exist_ok=True)
    upload.save(path)
    return digest.hexdigest()
