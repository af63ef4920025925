"""The fields that decide a pair, by name, so that a reopened decision can say what changed."""

from collections.abc import Mapping

from registry.matching.profiles import Profile

#: In the order of ``Profile.deciding``.
FIELDS = ("subject", "focus", "school_years", "step", "part", "credits", "kind", "level", "setting", "role", "outcomes")


def deciding_fields(profile: Profile) -> dict[str, str]:
    """Field -> value as text; empty is unknown."""
    return dict(zip(FIELDS, profile.deciding, strict=True))


def changes_between(
    before: Mapping[str, Mapping[str, str]], now: Mapping[str, Mapping[str, str]]
) -> list[dict[str, str]]:
    """What differs, by offer and field. An offer that is not there now has not changed."""
    return [
        {"offer": offer, "field": name, "before": before.get(offer, {}).get(name, ""), "after": value}
        for offer, fields in sorted(now.items())
        for name, value in fields.items()
        if before.get(offer, {}).get(name, "") != value
    ]
