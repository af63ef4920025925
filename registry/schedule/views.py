"""Health: for machines at fixed addresses, for the operator as a page."""

from datetime import timedelta

from flask import Blueprint, jsonify
from sqlmodel import Session, col, func, select
from werkzeug.wrappers import Response

from registry import __version__
from registry.access.permissions import Permission
from registry.core.events import OutboxRow
from registry.offers.models import Offer, Run
from registry.reports.overview import indexed
from registry.schedule.jobs import JOBS
from registry.schedule.models import JobOutcome, JobRun
from registry.web.fragments import render
from registry.web.guard import guarded, public
from registry.web.i18n import N_, gettext, page_blueprint
from registry.web.navigation import Entry
from registry.web.parts import parts, reading
from registry.web.tables import Column, Kind, Table

machines = Blueprint("health", __name__)
blueprint = page_blueprint("schedule", __name__, "/drift")
blueprints = (machines, blueprint)

NAVIGATION = (Entry(N_("Drift"), "schedule.operation", Permission.HEALTH_READ, order=80),)
_SHOWN = 30


@machines.get("/healthz")
@public
def alive() -> Response:
    """The process answers. Asks nothing of anybody."""
    return jsonify(status="ok")


@machines.get("/readyz")
@public
def ready() -> tuple[Response, int]:
    """The database answers and its schema is the newest."""
    try:
        good = parts().ready()
    except Exception:  # noqa: BLE001 - whatever is wrong, the answer is "not ready"
        good = False
    return jsonify(status="ok" if good else "not ready"), 200 if good else 503


@machines.get("/version")
@public
def version() -> Response:
    """The version that runs."""
    return jsonify(version=__version__)


@blueprint.get("")
@guarded(Permission.HEALTH_READ)
def operation() -> Response:
    """What waits, what ran, and whether the index keeps up."""
    with reading() as session:
        waiting = session.exec(select(func.count(col(OutboxRow.id))).where(col(OutboxRow.done_at).is_(None))).one()
        oldest = session.exec(select(func.min(OutboxRow.created_at)).where(col(OutboxRow.done_at).is_(None))).one()
        runs = session.exec(select(JobRun).order_by(col(JobRun.started_at).desc()).limit(_SHOWN)).all()
        breaches = _breaches(session)
    jobs = Table(
        "jobber",
        (
            Column("text", N_("Jobb"), value=lambda job: gettext(job.text)),
            Column("every", N_("Hvor ofte"), value=lambda job: _often(job.every)),
        ),
        JOBS,
    )
    texts = {job.name: job.text for job in JOBS}
    history = Table(
        "jobbhistorikk",
        (
            Column("job", N_("Jobb"), value=lambda run: gettext(texts[run.job]) if run.job in texts else run.job),
            Column("started_at", N_("Startet"), Kind.MOMENT),
            Column("finished_at", N_("Ferdig"), Kind.MOMENT),
            Column("outcome", N_("Utfall"), Kind.LABEL, value=lambda run: OUTCOMES[run.outcome]),
            Column("error", N_("Feil")),
        ),
        runs,
    )
    return render(
        "schedule/operation.html",
        waiting=waiting,
        oldest=oldest,
        indexed=indexed(parts().search),
        standing=gettext(STANDINGS.get(parts().search.standing(), STANDINGS["missing"])),
        jobs=jobs,
        history=history,
        breaches=breaches,
    )


def _breaches(session: Session) -> list[tuple[str, str, str | None]]:
    """What the newest look for impossible states found: in words, the thing, and the key of the offer where there is one."""
    looks = select(JobRun).where(JobRun.job == "invariants", JobRun.outcome == JobOutcome.DONE)
    newest = session.exec(looks.order_by(col(JobRun.started_at).desc()).limit(1)).first()
    found = [str(one).partition(": ") for one in ((newest.details or {}).get("first", ()) if newest else ())]
    things = [thing for _, _, thing in found]
    of_runs = select(Run.key, Offer.key).join(Offer, col(Offer.id) == Run.offer_id).where(col(Run.key).in_(things))
    offers = dict(session.exec(of_runs).all())
    offers |= {key: key for key in session.exec(select(Offer.key).where(col(Offer.key).in_(things)))}
    return [(IMPOSSIBLE.get(name, name), thing, offers.get(thing)) for name, _, thing in found]


def _often(every: timedelta) -> str:
    """Hver time, hvert 5. minutt."""
    minutes = round(every.total_seconds() / 60)
    if minutes % (24 * 60) == 0:
        days = minutes // (24 * 60)
        return gettext("Hvert døgn") if days == 1 else gettext("Hvert %(num)d. døgn", num=days)
    if minutes % 60 == 0:
        hours = minutes // 60
        return gettext("Hver time") if hours == 1 else gettext("Hver %(num)d. time", num=hours)
    return gettext("Hvert minutt") if minutes == 1 else gettext("Hvert %(num)d. minutt", num=minutes)


#: How the search engine is: the breaker of a server, or whether there is an index.
STANDINGS = {
    "ok": N_("I drift"),
    "open": N_("Søketjeneren svarer ikke – reservesøket svarer i stedet"),
    "half_open": N_("Søketjeneren prøves på nytt"),
    "missing": N_("Indeksen mangler"),
    "standby_missing": N_("Reservesøket mangler indeks"),
}
#: Impossible states in words, by the name of what looks for them.
IMPOSSIBLE = {
    "more_accepted_than_places": N_("Flere har takket ja enn det er plasser"),
    "open_application_to_a_lost_run": N_("Åpen søknad til et kull som er avlyst eller utsatt"),
    "result_before_the_start": N_("Resultat før studiestart"),
    "result_without_a_start": N_("Resultat uten at studenten har begynt"),
    "answer_long_overdue": N_("Svarfristen er ute, men plassen er ikke gått tilbake"),
    "two_places_under_a_one_place_rule": N_("Noen har to plasser i et semester der regelen er én"),
    "status_unlike_the_ledger": N_("Status som ikke stemmer med endringsloggen"),
    "live_run_of_an_ended_offer": N_("Kull som pågår i et tilbud som er lagt ned"),
    "offer_without_a_provider": N_("Tilbud uten institusjon"),
    "change_that_waits_too_long": N_("Endring som har ventet for lenge på søkeindeksen"),
}
OUTCOMES = {"running": N_("Pågår"), "done": N_("Fullført"), "failed": N_("Feilet")}
