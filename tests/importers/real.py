"""The real files beside the repository, and the format that each is of."""

from pathlib import Path

from tests.importers.feeds import SHARED_DATA

FILES = sorted(path for path in SHARED_DATA.rglob("*") if path.is_file() and path.name != "PROVENANCE.txt")
#: Folder or file -> the format that it is of. What has none is refused by all: reference lists, maps, curricula.
OWN = {
    "brreg": "brreg", "dbh347": "dbh-347", "dbh/347_studie": "dbh-347", "dbh/347_alle": "dbh-347",
    "dbh/104": "dbh-completions", "emil3/susa_navet_events": "emil3", "fs/oslomet": "fs", "kommuneinfo/1236": "klass",
    "kouta": "kouta", "nbr": "nbr", "nus": "nus", "ooapi": "ooapi", "schemaorg": "schema-org", "xcri": "xcri-cap",
}  # fmt: skip
#: What is refused by its own format too, and why.
REFUSED = {
    "brreg/sok_enhet_ingen_treff.json": "søket ga ingen treff",
    "brreg/sok_underenhet_ingen_treff.json": "søket ga ingen treff",
    "kouta/konfo-ui.haku.mocks.json": "Ingen rader i filen er slik",  # replies by their addresses, kept by a test tool
    "kouta/konfo-ui.komoto-amk.mocks.json": "Ingen rader i filen er slik",
    "xcri/studyMode1_0.xml": "ytterst står <vdex>",  # a list of codes
}


def name_of(path: Path) -> str:
    return path.relative_to(SHARED_DATA).as_posix()


def own_format(path: Path) -> str | None:
    return next((own for start, own in OWN.items() if name_of(path).startswith(start)), None)
