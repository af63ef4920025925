"""The columns by which an institution's sheet says which run a row is of, shared by the sheets of applications and counts."""

from collections.abc import Sequence

from importers.faults import Fault, missing
from importers.protocol import ProviderRef, RunRef
from importers.sentences import Sentence
from importers.sheets import values
from importers.sheets.columns import Column
from importers.sheets.rows import Cells, Values

RUN = (
    Column(
        "run_key", "Kull i registeret", "Kull i registeret", "Run in the registry", values.short_words(240),
        "Registerets egen kode for kullet. Den står på siden om tilbudet. Alternativt: tilbudskode og termin.",
        "1176-engelsk1-2026H", also=("Kull", "Kullnøkkel", "Run"),
    ),
    Column(
        "offer_key", "Tilbudskode", "Tilbodskode", "Offer code", values.short_words(100),
        "Institusjonens egen kode for tilbudet, den samme som i tilbudsarket.", "KENG1-1-7",
        also=("Studieprogramkode", "Programkode", "Emnekode"),
    ),
    Column(
        "term", "Termin", "Termin", "Term", values.term,
        "Halvåret gjennomføringen starter. Må fylles ut sammen med tilbudskoden.", "2026H",
        "2026V, 2026H, Vår 2026 eller Høst 2026", also=("Semester", "Oppstartssemester"),
    ),
    Column(
        "native_key", "Gjennomføringskode", "Gjennomføringskode", "Run code", values.short_words(100),
        "Institusjonens egen kode for gjennomføringen. Må fylles ut når tilbudet har flere i samme termin.",
        "KENG1-2026H-A", also=("Kullkode",),
    ),
    Column(
        "dbh_code", "Institusjonskode", "Institusjonskode", "Institution code", values.dbh_code,
        "Institusjonens kode i DBH. Kan stå tom når arket bare gjelder deres egen institusjon.", "1176", "fire sifre",
        also=("DBH-kode", "DBH code"),
    ),
)  # fmt: skip


def run_ref(found: Values) -> RunRef:
    """Which run the row names."""
    return RunRef(found.get("run_key"), found.get("offer_key"), found.get("term"), found.get("native_key"))


def provider_ref(found: Values) -> ProviderRef | None:
    """Whose run it is, where the row says so."""
    return ProviderRef(dbh_code=found["dbh_code"]) if "dbh_code" in found else None


def unnamed(cells: Cells, found: Values, faults: Sequence[Fault]) -> list[Fault]:
    """A row must name its run, by one of the two ways."""
    if "run_key" in found or any(cells.told(name, faults) for name in ("run_key", "offer_key", "term")):
        return []
    if "offer_key" in found:
        return cells.lacking(found, faults, ("term",))
    name = "run_key" if "run_key" in cells.found.places else "offer_key"
    return [missing(cells.heading(name), Sentence("Skriv registerets kode for kullet, eller tilbudskode og termin."))]
