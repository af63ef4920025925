"""Offers side by side: one row for everything that tells them apart."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from registry.catalogue import labels, presenting
from registry.catalogue.details import OfferView, RunView
from registry.catalogue.windows import Window
from registry.web.formatting import long_date, number
from registry.web.i18n import current_language, gettext


@dataclass(frozen=True, slots=True)
class Side:
    """One row: a term and what each offer says of it, in the offers' order. Empty text is unknown."""

    label: str
    cells: Sequence[str]
    quoted: bool = False  #: the institutions' own words, in the language that they write

    @property
    def differs(self) -> bool:
        return len(set(self.cells)) > 1


def comparison(views: Sequence[OfferView], only_differences: bool, today: date) -> list[Side]:
    """Every row that at least one offer fills; on demand only those where they differ."""
    rows = [Side(label, [read(view) for view in views]) for label, read in _rows(today)]
    rows.append(Side(gettext("Læringsutbytte"), [view.offer.learning_outcomes or "" for view in views], quoted=True))
    return [row for row in rows if any(row.cells) and (row.differs or not only_differences)]


def _rows(today: date) -> list[tuple[str, Callable[[OfferView], str]]]:
    return [
        (gettext("Tilbyder"), lambda view: " / ".join(one.name(current_language()) for one in view.providers)),
        (gettext("Omfang"), _credits),
        (gettext("Nivå"), lambda view: labels.level_label(view.level)),
        (gettext("Fag"), lambda view: ", ".join(labels.value_label("subject", one, view.words) for one in view.rows.subjects)),
        (gettext("For"), _audience),
        (gettext("Trinn"), lambda view: labels.years_label(view.offer.school_years) if view.offer.school_years else ""),
        (gettext("Steg"), lambda view: str(view.offer.step or "")),
        (gettext("Tiltak"), lambda view: labels.value_label("measure", view.offer.measure_code, view.words) if view.offer.measure_code else ""),
        (gettext("Undervisningsspråk"), lambda view: ", ".join(labels.value_label("language", one, view.words) for one in view.offer.languages)),
        (gettext("Neste oppstart"), lambda view: _start(view, today)),
        (gettext("Form"), lambda view: _of_next(view, today, lambda run: gettext(labels.DELIVERY[str(run.run.delivery)]) if run.run.delivery else "")),
        (gettext("Sted"), lambda view: _of_next(view, today, lambda run: presenting.place_label(run.places, str(run.run.delivery or ""), view.words))),
        (gettext("Søknad"), lambda view: _of_next(view, today, lambda run: gettext(labels.APPLYING[str(run.applying)]))),
        (gettext("Søknadsfrist"), lambda view: _of_next(view, today, lambda run: long_date(run.run.application_closes_on))),
        (gettext("Plasser"), lambda view: _of_next(view, today, lambda run: number(run.run.places) if run.run.places is not None else "")),
    ]  # fmt: skip


def _credits(view: OfferView) -> str:
    points = float(view.offer.credits) if view.offer.credits is not None else None
    return labels.credits_label(points, str(view.offer.credit_scheme or ""))


def _audience(view: OfferView) -> str:
    settings = list(dict.fromkeys(setting for setting, _ in view.rows.targets if setting))
    roles = list(dict.fromkeys(role for _, role in view.rows.targets if role))
    return presenting.audience(settings, roles, None, view.words)


def _start(view: OfferView, today: date) -> str:
    return _of_next(
        view, today, lambda run: long_date(run.run.starts_on) or labels.term_label(run.run.term)
    ) or gettext("Ingen meldt")


def _of_next(view: OfferView, today: date, read: Callable[[RunView], str]) -> str:
    """Of the first run that can be applied for, else of the first that is closed: what has begun or is cancelled is no next one."""
    runs = (run for run in view.live if Window.of(run.run).first_day >= today)
    return next(map(read, runs), "")
