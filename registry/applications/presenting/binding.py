"""What a yes binds to, in plain words, where a rule of commitment holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from registry.applications.queries.commitments import Bond, Held
from registry.web.formatting import number
from registry.web.i18n import gettext


@dataclass(frozen=True, slots=True)
class Terms:
    """What the person reads beside the button, in their language. ``hindered``: they must give up a place first."""

    sentences: tuple[str, ...]
    hindered: bool
    counts_credits: bool


def terms_of(bound: Bond, held: Sequence[Held], more: Decimal | float | None) -> Terms:
    """The rules in force, and what they mean to who holds these places in the same term already."""
    sentences = []
    if bound.one_place:
        sentences.append(
            gettext(
                "Du kan ha én plass per semester, og du har plass på «%(title)s». Vil du heller ha denne, må du gi fra deg den.",
                title=held[0].title,
            )
            if held
            else gettext(
                "Du kan ha én plass per semester. Sier du ja her, kan du ikke si ja til en annen plass i samme semester uten å gi fra deg denne."
            )
        )
    if bound.most_credits is not None:
        taken = sum(one.credits for one in held)
        sentences.append(
            gettext(
                "Du kan ta høyst %(limit)s studiepoeng per semester. Denne plassen gir %(more)s, og du har takket ja til %(taken)s.",
                limit=number(bound.most_credits),
                more=number(float(more or 0)),
                taken=number(taken),
            )
        )
    return Terms(tuple(sentences), bound.hinders(held, more) is not None, bound.most_credits is not None)
