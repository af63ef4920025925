"""Every page a person can open, and who may. ``test_every_page`` fails when the application has a page that is not here."""

from dataclasses import dataclass

COORDINATOR, OPERATOR, STAFF = "UH-koordinator", "Drift", "Studieadministrasjon"
OFFICE, SEARCHER, OWNER = "Opptakskontor", "Søker", "Barnehage- og skoleeier"
DIRECTORATE, ADMINISTRATOR = "Direktorat", "Administrator"


@dataclass(frozen=True, slots=True)
class Address:
    """``path`` under the language, filled from ``examples``; ``twin`` is another look of a page that stands here already."""

    path: str
    role: str | None = None
    status: int = 200
    twin: bool = False

    def __str__(self) -> str:
        return f"{self.path} {self.role or ''}".strip()


PAGES: tuple[Address, ...] = (
    Address("/"),
    Address("/tilbud?q=engelsk+1-7"),
    Address("/tilbud?q=finnesikkeioverhodet", twin=True),
    Address("/tilbud/{offer}"),
    Address("/tilbud/1110-eng9-1-7", twin=True),  # from a sheet, not of the demonstration
    Address("/tilbud/{gone}", status=410, twin=True),
    Address("/sammenlign", twin=True),
    Address("/sammenlign?{pairwise}"),
    Address("/sammenlign?{four}", twin=True),
    Address("/rapporter"),
    Address("/rapporter/small-subjects", twin=True),
    Address("/rapporter/applications"),
    Address("/rapporter/completion", twin=True),
    Address("/rapporter/crossing", twin=True),
    Address("/rapporter/demand", twin=True),
    Address("/rapporter/national", twin=True),
    Address("/rapporter/lifecycle", twin=True),
    Address("/rapporter/coverage", twin=True),
    Address("/rapporter/overlaps", COORDINATOR, twin=True),
    Address("/rapporter/duplicates", COORDINATOR, twin=True),
    Address("/rapporter/at-risk", COORDINATOR, twin=True),
    Address("/logg-inn"),
    Address("/finnes-ikke", status=404),
    Address("/drift", SEARCHER, status=403, twin=True),
    Address("/samordning/", COORDINATOR),
    Address("/samordning/saker", COORDINATOR),
    Address("/samordning/sak/{overlap_case}", COORDINATOR),
    Address("/samordning/overlapp", COORDINATOR),
    Address("/samordning/dubletter", COORDINATOR, twin=True),
    Address("/samordning/par/{overlap}", COORDINATOR),
    Address("/samordning/par/{duplicate}", COORDINATOR, twin=True),
    Address("/samordning/par/{overlap}/like", COORDINATOR),
    Address("/samordning/par/{duplicate}/slaa-sammen", COORDINATOR),
    Address("/samordning/gjennomgang/overlapp", COORDINATOR),
    Address("/samordning/forslag", COORDINATOR),
    Address("/samordning/moter", COORDINATOR),
    Address("/samordning/moter/utkast", COORDINATOR),
    Address("/samordning/moter/{meeting}", COORDINATOR),
    Address("/samordning/regler"),
    Address("/samordning/regler/RISK_FLAG?tall=0,4", DIRECTORATE),
    Address("/samordning/dekning"),
    Address("/samordning/dekning/{small_subject}"),
    Address("/samordning/treffsikkerhet", COORDINATOR),
    Address("/samordning/laering", COORDINATOR),
    Address("/samordning/laering/ny", DIRECTORATE),
    Address("/samordning/laering/1/tilbake", DIRECTORATE),
    Address("/samordning/sma-fag/{small_subject}"),
    Address("/samordning/utsatte", COORDINATOR),
    Address("/samordning/utsatte/{open_run}", COORDINATOR),
    Address("/samordning/sma-fag", COORDINATOR),
    Address("/samordning/forhandssjekk?tittel=Engelsk+1&region=west", COORDINATOR),
    Address("/samordning/forhandssjekk?tittel=&antall=2", COORDINATOR, status=400, twin=True),
    Address("/samordning/vedtak/{small_offer}/{small_subject}", COORDINATOR),
    Address("/innhenting", OPERATOR),
    Address("/innhenting/{delivery}", OPERATOR),
    Address("/innhenting/karantene", OPERATOR),
    Address("/innhenting/karantene/{row}", OPERATOR),
    Address("/innhenting/karantene/like/{row}", OPERATOR),
    Address("/innhenting/kilder", OPERATOR),
    Address("/innhenting/kilder", STAFF, twin=True),
    Address("/innhenting/kilder/ny", OPERATOR),
    Address("/innhenting/kilder/{source}", OPERATOR),
    Address("/innhenting/kilder/{source}/endre", OPERATOR),
    Address("/innhenting/ny", OPERATOR),
    Address("/innhenting/tilbud/{own_offer}/rett", STAFF),
    Address("/innhenting/tilbud/{own_offer}/rett/offer/{own_offer_number}/title", STAFF),
    Address("/mine-tilbud", STAFF),
    Address("/tilbud/kull/{own_run}/avlys", STAFF),
    Address("/opptak", OFFICE),
    Address("/opptak/kull/{run}", OFFICE),
    Address("/opptak/kull/{run}/overbooking", OFFICE),
    Address("/opptak/bindingsregler", DIRECTORATE),
    Address("/opptak/soknad/{case}", OFFICE),
    Address("/opptak/innsyn/{look}", OFFICE),
    Address("/opptak/avgjorelser/{batch}", OFFICE),
    Address("/oppfolging", STAFF),
    Address("/tilbud/kull/{own_run}/flytt", STAFF),
    Address("/tilbud/kull/{taught}/resultater", STAFF),
    Address("/mine-soknader", SEARCHER),
    Address("/mine-soknader/mine-opplysninger", SEARCHER),
    Address("/sok/{run}", SEARCHER),
    Address("/eier", OWNER),
    Address("/eier/plan", OWNER),
    Address("/eier/midler", OWNER),
    Address("/eier/soknader", OWNER),
    Address("/ark", STAFF),
    Address("/ark/soknader", OFFICE),
    Address("/ark/kompetanseplan", OWNER, twin=True),
    Address("/api/dokumentasjon"),
    Address("/api/nokler", STAFF),
    Address("/drift", OPERATOR),
    Address("/drift/e-post", OPERATOR),
    Address("/personer", ADMINISTRATOR),
    Address("/personer/{coordinator}", ADMINISTRATOR),
    Address("/personer/{coordinator}/slett", ADMINISTRATOR),
    Address("/sokeord", COORDINATOR),
    Address("/sokeord/{synonyms}", COORDINATOR),
    Address("/huskeliste"),
    Address("/huskeliste?{pairwise}", twin=True),
    Address("/mine-lagrede-sok", SEARCHER),
)
#: Pages that are read by machines, and files.
NOT_PAGES = {
    "catalogue.opensearch",
    "catalogue.download",
    "catalogue.feed",
    "catalogue.remembered_calendar",
    "catalogue.notice",  # its address is a secret; tests/browser/test_following.py opens one
    "messages.one",
    "reports.download",
    "coordination.download",
    "coordination.planned_as",  # leads to the pre-check's own page
    "coordination.meeting_file",
    "coordination.training_data",
    "upload.template",
    "sheets.template",
    "sheets.delivered",  # there is none before somebody has delivered; tests/intake/landing/test_pages.py opens both
    "sheets.row",
    "intake.changes_file",
    "intake.consequences_file",
    "quarantine.wrong_rows",
    "applications.choose",  # asked only where a rule of commitment holds; tests/browser/test_admissions.py opens it
    "applications.data_file",
    "applications.merge_file",
}
