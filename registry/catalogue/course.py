"""Offers as search engines read them: schema.org ``Course`` with its ``CourseInstance``s, and a page of hits (JSON-LD)."""

from collections.abc import Sequence
from typing import Any

from registry.catalogue.details import OfferView, RunView

_MODES = {"campus": ["onsite"], "gatherings": ["onsite", "blended"], "online": ["online"], "hybrid": ["blended"]}


def hits(offers: Sequence[tuple[str, str]], first: int, total: int, name: str) -> dict[str, Any]:
    """A page of a search as an ``ItemList``: ``offers`` are (whole address, title), the first of them number ``first`` of ``total``."""
    return {
        "@context": "https://schema.org",
        "@type": "ItemList",
        "name": name,
        "numberOfItems": total,
        "itemListElement": [
            {"@type": "ListItem", "position": position, "url": address, "name": title}
            for position, (address, title) in enumerate(offers, start=first)
        ],
    }


def course(view: OfferView, address: str) -> dict[str, Any]:
    """Only what is known; schema.org asks for a description, so the title stands in where there is none."""
    offer = view.offer
    found: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Course",
        "@id": address,
        "url": address,
        "name": offer.title,
        "courseCode": offer.native_code,
        "description": offer.description or offer.title,
        "provider": [{"@type": "CollegeOrUniversity", "name": provider.nb} for provider in view.providers],
        "inLanguage": offer.languages or None,
        "numberOfCredits": _credits(view),
        "about": [view.words.subjects[code].nb for code in view.rows.subjects if code in view.words.subjects],
        "hasCourseInstance": [_instance(run, view, address) for run in view.coming],
    }
    return _given(found)


def _credits(view: OfferView) -> dict[str, Any] | None:
    if view.offer.credits is None:
        return None
    return {
        "@type": "StructuredValue",
        "name": str(view.offer.credit_scheme),
        "value": float(view.offer.credits),
    }


def _instance(view: RunView, offer: OfferView, address: str) -> dict[str, Any]:
    run = view.run
    places = [offer.words.municipalities[code].nb for code in view.places if code in offer.words.municipalities]
    return _given(
        {
            "@type": "CourseInstance",
            "@id": f"{address}#run-{run.key}",
            "courseMode": _MODES.get(str(run.delivery)) if run.delivery else None,
            "startDate": run.starts_on.isoformat() if run.starts_on else None,
            "endDate": run.ends_on.isoformat() if run.ends_on else None,
            "location": [{"@type": "Place", "name": place} for place in places],
            "offers": _given(
                {
                    "@type": "Offer",
                    "url": run.apply_url,
                    "availabilityStarts": run.application_opens_on.isoformat() if run.application_opens_on else None,
                    "availabilityEnds": run.application_closes_on.isoformat() if run.application_closes_on else None,
                }
            ),
            "eventStatus": "https://schema.org/EventCancelled" if str(view.applying) == "cancelled" else None,
        }
    )


def _given(values: dict[str, Any]) -> dict[str, Any]:
    """Without what is unknown."""
    return {
        key: [_given(one) if isinstance(one, dict) else one for one in value] if isinstance(value, list) else value
        for key, value in values.items()
        if value not in (None, "", [], {})
    }
