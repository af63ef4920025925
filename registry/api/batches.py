"""Batches that institutions' systems send: each item taken or answered with what is wrong, and none stops another."""

from collections.abc import Sequence
from decimal import Decimal

from sqlmodel import Session

from importers.persons import national_id
from importers.protocol import RunRef
from importers.run_counts import at_odds
from registry.access.keyring import Keyring
from registry.api.operations import Caller
from registry.api.requests import (
    ApplicationBatch,
    ApplicationItem,
    BatchAnswer,
    CountBatch,
    CountItem,
    ItemFault,
    ItemResult,
    RunName,
)
from registry.applications.operations.receiving import Fault, Report, receive
from registry.applications.operations.receiving_counts import CountReport, receive_counts
from registry.intake.operations.landing.naming_runs import NoRun, Runs, load_runs
from registry.intake.reading.facts import load_facts
from registry.web.i18n import gettext

#: Field of a report → field of the API.
_FIELDS = {"run_id": "run", "owner_orgnr": "employer_orgnr"}


def take_applications(session: Session, caller: Caller, keyring: Keyring, batch: ApplicationBatch) -> BatchAnswer:
    """Make and bring on applications of the caller's institution."""
    runs = _runs(session, caller, [item.run for item in batch.applications])
    results: dict[int, ItemResult] = {}
    reports: list[tuple[int, Report]] = []
    first: dict[tuple[int, str], int] = {}
    for index, item in enumerate(batch.applications):
        made = _report(item, runs, keyring)
        if isinstance(made, ItemFault):
            results[index] = ItemResult(index=index, outcome="refused", fault=made)
            continue
        earlier = first.setdefault((made.run_id, made.applicant_key), index)
        if earlier != index:
            text = gettext("Nummer %(number)s i kallet gjelder den samme søkeren og det samme kullet.", number=earlier)
            fault = ItemFault(field="national_id", reason=text, cure=gettext("Send hver søknad én gang."))
            results[index] = ItemResult(index=index, outcome="refused", fault=fault)
            continue
        reports.append((index, made))
    details = {"api_key": caller.key.prefix}
    answers = receive(session, caller.actor, [report for _, report in reports], details=details)
    for (index, _), answer in zip(reports, answers, strict=True):
        if isinstance(answer, Fault):
            results[index] = _refused(index, answer)
        else:
            results[index] = ItemResult(index=index, outcome=answer.outcome, application=answer.application_id)
    return _answer(results)


def take_counts(session: Session, caller: Caller, batch: CountBatch) -> BatchAnswer:
    """Take counts of the caller's institution's runs."""
    runs = _runs(session, caller, [item.run for item in batch.counts])
    results: dict[int, ItemResult] = {}
    reports: list[tuple[int, CountReport]] = []
    for index, item in enumerate(batch.counts):
        made = _counted(item, runs)
        if isinstance(made, ItemFault):
            results[index] = ItemResult(index=index, outcome="refused", fault=made)
        else:
            reports.append((index, made))
    details = {"api_key": caller.key.prefix}
    answers = receive_counts(session, caller.actor, [report for _, report in reports], details=details)
    for (index, _), answer in zip(reports, answers, strict=True):
        if isinstance(answer, Fault):
            results[index] = _refused(index, answer)
        else:
            results[index] = ItemResult(index=index, outcome=answer)
    return _answer(results)


def _runs(session: Session, caller: Caller, names: Sequence[RunName]) -> Runs:
    return load_runs(session, load_facts(session), caller.organisation_id, {(_ref(name), None) for name in names})


def _ref(name: RunName) -> RunRef:
    return RunRef(name.key, name.offer_code, name.term, name.run_code)


def _run(name: RunName, runs: Runs) -> int | ItemFault:
    if not name.key and not (name.offer_code and name.term):
        cure = gettext("Send key, eller offer_code og term.")
        return ItemFault(field="run", reason=gettext("Det står ikke hvilket kull det gjelder."), cure=cure)
    try:
        return runs.find(_ref(name), None)
    except NoRun as unknown:
        return ItemFault(field="run", reason=gettext(unknown.reason), cure=gettext(unknown.cure))


def _report(item: ApplicationItem, runs: Runs, keyring: Keyring) -> Report | ItemFault:
    run = _run(item.run, runs)
    if isinstance(run, ItemFault):
        return run
    number = national_id(item.national_id)
    if number is None:
        cure = gettext("Kontroller de elleve sifrene.")
        reason = gettext("Fødselsnummeret eller D-nummeret er ikke gyldig.")
        return ItemFault(field="national_id", reason=reason, cure=cure)
    key, *formerly = keyring.pseudonyms(number)
    return Report(
        run_id=run,
        applicant_key=key,
        status=item.status,
        formerly=tuple(formerly),
        reference=item.reference,
        applied_on=item.applied_on,
        status_on=item.status_on,
        answer_by=item.answer_by,
        reason=item.reason,
        credits=None if item.credits is None else Decimal(str(item.credits)).quantize(Decimal("0.1")),
        priority=item.priority,
        owner_orgnr=item.employer_orgnr,
    )


def _counted(item: CountItem, runs: Runs) -> CountReport | ItemFault:
    run = _run(item.run, runs)
    if isinstance(run, ItemFault):
        return run
    counts = {name: number for name, number in item.counts.model_dump().items() if number is not None}
    if not counts:
        return ItemFault(field="counts", reason=gettext("Det er ingen tall."), cure=gettext("Send minst ett tall."))
    if odd := at_odds(counts):
        part, whole = odd[0]
        return ItemFault(
            field=f"counts.{part}",
            reason=gettext(
                "«%(part)s» (%(more)s) er mer enn «%(whole)s» (%(less)s).",
                part=part,
                more=counts[part],
                whole=whole,
                less=counts[whole],
            ),
            cure=gettext("Rett ett av de to tallene."),
        )
    return CountReport(run, item.counted_on, counts)


def _refused(index: int, fault: Fault) -> ItemResult:
    told = ItemFault(
        field=_FIELDS.get(fault.field, fault.field), reason=gettext(fault.reason), cure=gettext(fault.cure)
    )
    return ItemResult(index=index, outcome="refused", fault=told)


def _answer(results: dict[int, ItemResult]) -> BatchAnswer:
    listed = [results[index] for index in sorted(results)]
    counted = {name: sum(one.outcome == name for one in listed) for name in ("new", "changed", "unchanged", "refused")}
    return BatchAnswer(seen=len(listed), results=listed, **counted)
