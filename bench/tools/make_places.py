"""Make ``registry/reference/counties.csv`` and ``municipalities.csv`` from the open files they rest on.

Usage: ``python bench/tools/make_places.py <data folder> <output folder>``. The data folder holds
``geo/Kommuner-S.geojson`` (Kartverket), ``geo/fylker-simplified.derived.geojson``,
``geo/norway-geodata.municipalities-2025.json`` and ``kommuneinfo/1236.csv`` (SSB Klass).
"""

import csv
import json
import sys
from collections import Counter
from collections.abc import Iterator
from math import cos, radians
from pathlib import Path
from typing import Any

Ring = list[tuple[float, float]]
Polygon = list[Ring]  # the first ring is the outline, the rest are holes

DIVISION = "2024-01-01"  # the division into counties and municipalities in force since
GEO_SOURCE = "Kartverket, administrative grenser (CC BY 4.0)"
LANGUAGE_SOURCE = "aprestmo/norway-geodata 2025 (MIT)"
ORGNR_SOURCE = "SSB Klass korrespondanse 1236 (NLOD)"

EVU_REGION = {
    **dict.fromkeys(("03", "31", "32", "33", "34", "39", "40"), "east"),
    **dict.fromkeys(("11", "15", "42", "46"), "west"),
    **dict.fromkeys(("18", "50", "55", "56"), "north"),
}
# Organisation numbers of the county authorities; in Oslo the municipality does the county's work.
AUTHORITY_ORGNR = {
    "03": "958935420", "11": "971045698", "15": "944183779", "18": "964982953", "31": "930580694",
    "32": "930580783", "33": "930580260", "34": "920717152", "39": "929882385", "40": "929882989",
    "42": "921707134", "46": "821311632", "50": "817920632", "55": "930068128", "56": "830090282",
}  # fmt: skip
# Which Sami language an official parallel name is in; every other Sami name is Northern Sami.
SOUTHERN_SAMI = {"50", "1826", "5001", "5007", "5025", "5041", "5043"}
LULE_SAMI = {"18", "1841", "1875"}
# Split in two on 1 January 2024: the number in the 2023 list belongs to the municipality that ended.
ORGNR_ENDED_WITH_2023 = {"1508", "1580"}
RENUMBERED_NAMESAKE = {"Våler (Viken)": "3114"}  # the only Våler that was in Viken is the one in Østfold


def polygons(geometry: dict[str, Any]) -> list[Polygon]:
    parts = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    return [[[(x, y) for x, y, *_ in ring] for ring in part] for part in parts]


def moments(ring: Ring, squeeze: float) -> tuple[float, float, float]:
    """Area and first moments of a ring, longitudes squeezed so that a degree is as long both ways."""
    area = mx = my = 0.0
    for (x1, y1), (x2, y2) in zip(ring, ring[1:] + ring[:1], strict=True):
        cross = (x1 * y2 - x2 * y1) * squeeze
        area, mx, my = area + cross / 2, mx + (x1 + x2) * cross / 6, my + (y1 + y2) * cross / 6
    return (area, mx, my) if area >= 0 else (-area, -mx, -my)


def centroid(parts: list[Polygon]) -> tuple[float, float]:
    """The area-weighted centroid, holes taken away: (longitude, latitude) in degrees."""
    squeeze = cos(radians(parts[0][0][0][1]))
    area = mx = my = 0.0
    for part in parts:
        for number, ring in enumerate(part):
            sign = 1 if number == 0 else -1
            a, x, y = moments(ring, squeeze)
            area, mx, my = area + sign * a, mx + sign * x, my + sign * y
    return mx / area, my / area


def crossings(part: Polygon, latitude: float) -> list[float]:
    """Longitudes at which the polygon's rings cross a parallel, sorted: inside between 1 and 2, 3 and 4, ..."""
    found = [
        x1 + (latitude - y1) * (x2 - x1) / (y2 - y1)
        for ring in part
        for (x1, y1), (x2, y2) in zip(ring, ring[1:] + ring[:1], strict=True)
        if (y1 > latitude) != (y2 > latitude)
    ]
    return sorted(found)


def spans(parts: list[Polygon], latitude: float) -> Iterator[tuple[float, float]]:
    for part in parts:
        found = crossings(part, latitude)
        yield from zip(found[::2], found[1::2], strict=True)


def point_inside(parts: list[Polygon]) -> tuple[float, float]:
    """The centroid if it lies on the territory, else the centre of the widest stretch at its latitude or nearest."""
    x, y = centroid(parts)
    if any(left <= x <= right for left, right in spans(parts, y)):
        return x, y
    for step in range(200):
        for latitude in (y + step * 0.002, y - step * 0.002):
            widest = max(spans(parts, latitude), key=lambda span: span[1] - span[0], default=None)
            if widest and widest[1] - widest[0] > 0.005:
                return (widest[0] + widest[1]) / 2, latitude
    raise ValueError("no point of the territory is near its centroid")


def valid_orgnr(orgnr: str) -> bool:
    """Modulus 11 with weights 3 2 7 6 5 4 3 2 (Brønnøysund Register Centre)."""
    rest = sum(int(d) * w for d, w in zip(orgnr, (3, 2, 7, 6, 5, 4, 3, 2), strict=False)) % 11
    return len(orgnr) == 9 and rest != 1 and int(orgnr[8]) == (11 - rest) % 11


def parallel_names(official: str, norwegian: str) -> tuple[str, str]:
    """Sami and Kven name out of an official name such as ``Nordreisa - Ráisa - Raisi``."""
    sami, kven, *_ = [*(name for name in official.split(" - ") if name != norwegian), "", ""]
    return sami, kven


def sami_language(code: str, sami: str) -> str:
    return "" if not sami else "sma" if code in SOUTHERN_SAMI else "smj" if code in LULE_SAMI else "sme"


def orgnrs(path: Path, current: dict[str, str]) -> dict[str, str]:
    """Municipality code of today -> organisation number.

    The list has the codes of 2023. A code that still means the same name is taken as it stands; a code that
    went out with its county is followed by name, where only one municipality ever had that name.
    """
    rows = list(csv.DictReader(path.read_text("iso-8859-1").splitlines(), delimiter=";"))
    often = Counter(current.values())
    code_of = {name: code for code, name in current.items() if often[name] == 1}
    found: dict[str, str] = {}
    for row in rows:
        names = row["targetName"].split(" (")[0].split(" - ")
        kept = current.get(row["targetCode"]) in names
        followed = [code_of[name] for name in names if name in code_of]
        code = row["targetCode"] if kept else RENUMBERED_NAMESAKE.get(row["targetName"], (followed or [""])[0])
        if code and code not in ORGNR_ENDED_WITH_2023 and valid_orgnr(row["sourceCode"]):
            found[code] = row["sourceCode"]
    return found


def write(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def main(data: Path, out: Path) -> None:
    features = json.loads((data / "geo/Kommuner-S.geojson").read_text())["features"]
    known = {m["id"]: m for m in json.loads((data / "geo/norway-geodata.municipalities-2025.json").read_text())}
    names = {
        f["properties"]["fylkesnummer"]: (f["properties"]["fylkesnavn"], f["properties"]["name"])
        for f in json.loads((data / "geo/fylker-simplified.derived.geojson").read_text())["features"]
    }
    numbers = orgnrs(data / "kommuneinfo/1236.csv", {code: m["name_no"] for code, m in known.items()})
    often = Counter(m["name_no"] for m in known.values())

    counties: list[dict[str, str]] = []
    for code, (official, name) in sorted(names.items()):
        own = [f for f in features if f["properties"]["kommunenummer"].startswith(code)]
        x, y = point_inside([part for f in own for part in polygons(f["geometry"])])
        sami, kven = parallel_names(official, name)
        counties.append({
            "code": code, "name_nb": name, "name_nn": name, "name_se": sami, "sami_language": sami_language(code, sami),
            "name_fkv": kven, "evu_region": EVU_REGION[code], "latitude": f"{y:.4f}", "longitude": f"{x:.4f}",
            "authority_orgnr": AUTHORITY_ORGNR[code], "source": f"{GEO_SOURCE}; Enhetsregisteret (NLOD), gjengitt i offentlig kode", "source_date": DIVISION,
        })  # fmt: skip

    municipalities: list[dict[str, str]] = []
    for feature in sorted(features, key=lambda f: str(f["properties"]["kommunenummer"])):
        code = feature["properties"]["kommunenummer"]
        name = known[code]["name_no"]
        sami, kven = parallel_names(feature["properties"]["name"], name)
        x, y = point_inside(polygons(feature["geometry"]))
        county = names[code[:2]][1]
        orgnr = numbers.get(code, "")
        municipalities.append({
            "code": code, "name_nb": name, "name_nn": name, "name_se": sami, "sami_language": sami_language(code, sami),
            "name_fkv": kven, "label": f"{name} ({county})" if often[name] > 1 else name, "county_code": code[:2],
            "latitude": f"{y:.4f}", "longitude": f"{x:.4f}", "maalform": known[code]["language"].lower(),
            "orgnr": orgnr, "source": "; ".join([GEO_SOURCE, LANGUAGE_SOURCE] + [ORGNR_SOURCE] * bool(orgnr)),
            "source_date": DIVISION,
        })  # fmt: skip
    write(out / "counties.csv", counties)
    write(out / "municipalities.csv", municipalities)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
