"""Which institutions teach what in the demonstration year, and how much. The institutions are real; their offers are invented."""

from collections.abc import Mapping
from dataclasses import dataclass

from registry.core.text import slug
from registry.demo.contents import Content
from registry.reference.load import rows

#: Offers of an institution when there are 3,400 in all; the rest are given by kind.
_SIZES: Mapping[str, int] = {
    "1175": 320, "1150": 300, "1176": 300, "0238": 310, "1177": 290, "1130": 260, "1174": 250, "1171": 230, "1160": 220,
    "1110": 180, "1120": 140, "0256": 160, "0236": 150, "8223": 100, "8224": 80, "1173": 50, "8208": 40, "0217": 18,
    "0232": 16, "8253": 20, "8241": 14, "1210": 20, "1260": 18, "8221": 16, "8225": 16, "1407": 10, "1302": 4,
}  # fmt: skip
#: Small and special institutions teach only these subjects, areas or fields; the others teach everything but vocational college studies.
_ONLY: Mapping[str, frozenset[str]] = {
    "8224": frozenset({"barnehage", "veiledning", "sfo", "spesialpedagogikk", "flerkulturell", "musikk", "drama"}),
    "1173": frozenset({"naturfagene", "uteomrade", "naturbruk", "mat-omrade", "yrkesfag-omrade", "veiledning-omrade"}),
    "8208": frozenset({"oppvekst", "spesped-felt", "veiledning", "livssyn", "mangfold-omrade"}),
    "0217": frozenset({"samisk-kvensk", "barnehage-sprak-omrade"}),
    "0232": frozenset({"psykososialt-omrade", "veiledning-omrade", "kroppsoving-omrade"}),
    "8253": frozenset({"digital", "scene", "tverrestetisk", "ledelse"}),
    "8241": frozenset({"ledelse"}),
    "1240": frozenset({"ledelse"}),
    "1210": frozenset({"musikkfag"}),
    "8227": frozenset({"musikkfag"}),
    "1412": frozenset({"musikkfag"}),
    "1260": frozenset({"kroppsoving-omrade", "uteomrade"}),
    "8221": frozenset({"livssyn", "veiledning", "ledelse"}),
    "8234": frozenset({"livssyn"}),
    "8232": frozenset({"livssyn", "musikkfag", "psykososialt-omrade"}),
    "8248": frozenset({"ledelse", "livssyn"}),
    "8225": frozenset({"pedagogikk-omrade", "estetisk", "barnehage-ped-omrade"}),
    "1407": frozenset({"psykososialt-omrade", "spesped-felt"}),
    "1302": frozenset({"kriminalomsorg"}),
    "1301": frozenset({"laringsmiljo-omrade"}),
    "1303": frozenset({"ledelse", "kroppsoving-omrade"}),
    "1220": frozenset({"kunst-handverk-omrade"}),
    "8243": frozenset({"kunst-handverk-omrade"}),
    "6220": frozenset({"scene", "kunst-handverk-omrade"}),
    "8254": frozenset({"dans"}),
    "1405": frozenset({"veiledning-omrade"}),
    "1409": frozenset({"digital-omrade", "programmering-omrade"}),
    "8202": frozenset({"psykososialt-omrade"}),
    "8247": frozenset({"naturbruk", "barekraft", "uteomrade"}),
}
_VOCATIONAL = frozenset(
    {
        "barnehage-assistent",
        "barne-ungdomsarbeid",
        "sfo",
        "fagopplaring",
        "programomrader",
        "psykososialt",
        "ask",
        "miljoarbeid",
    }
)
#: Institutions that send counts and no single applications.
COUNTS_ONLY = frozenset(
    {"1110", "1120", "1130", "1150", "1160", "1175", "1176", "1171", "0238", "0256", "8241", "8253"}
)
_NYNORSK = {"0236": 0.9, "0238": 0.55, "8223": 0.15, "1120": 0.2, "1160": 0.1}


@dataclass(frozen=True, slots=True)
class Institution:
    """A provider as the demonstration year sees it. ``places`` are municipality codes of its campuses, empty where unknown."""

    key: str
    size: int
    vocational: bool
    places: tuple[str, ...]
    region: str | None
    only: frozenset[str] | None
    nynorsk: float
    counts_only: bool

    def teaches(self, content: Content) -> bool:
        subject = content.subject
        path = {subject.code, subject.area, subject.field}
        if self.vocational:
            return bool(path & _VOCATIONAL)
        if self.only is not None:
            return bool(path & self.only)
        return subject.code not in ("kriminalomsorg", "fagskoleped")


def institutions() -> list[Institution]:
    """Every provider of the reference files, in their order."""
    county = {row["code"]: row["county_code"] for row in rows("municipalities")}
    region = {row["code"]: row["evu_region"] for row in rows("counties")}
    found = []
    for row in rows("institutions"):
        code = row["dbh_code"]
        vocational = row["kind"] == "vocational_college"
        places = tuple(part for part in row["campuses"].split(";") if part)
        found.append(
            Institution(
                key=code or slug(row["name_nb"], 60),
                size=_SIZES.get(code, 12 if vocational else 6),
                vocational=vocational,
                places=places,
                region=region.get(county.get(places[0], "")) if places else None,
                only=_ONLY.get(code),
                nynorsk=_NYNORSK.get(code, 0.0),
                counts_only=code in COUNTS_ONLY,
            )
        )
    return found
