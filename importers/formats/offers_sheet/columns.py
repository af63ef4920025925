"""The columns of the offers sheet: what each is called, what it means and how it is read.

The template, its help sheet and docs/importers.md are made from, or tested against, this table.
"""

from importers.formats.offers_sheet import choices
from importers.sheets import values
from importers.sheets.columns import Column

#: Columns that say who the provider is. Each row needs at least one of them.
PROVIDER = (
    Column(
        "orgnr", "Organisasjonsnummer", "Organisasjonsnummer", "Organisation number", values.orgnr,
        "Tilbyderens organisasjonsnummer i Enhetsregisteret. Minst én av de tre kolonnene om tilbyderen må fylles ut.",
        "974767880", "ni sifre", also=("Orgnr", "Tilbyders organisasjonsnummer", "Organization number"),
    ),
    Column(
        "dbh_code", "Institusjonskode", "Institusjonskode", "Institution code", values.dbh_code,
        "Institusjonens kode i DBH.", "1150", "fire sifre", also=("DBH-kode", "Institusjonskode (DBH)", "DBH code"),
    ),
    Column(
        "name", "Tilbyder", "Tilbydar", "Provider", values.short_words(300),
        "Navnet på universitetet, høgskolen eller fagskolen.", "Norges teknisk-naturvitenskapelige universitet",
        also=("Institusjon", "Institution"),
    ),
)  # fmt: skip

#: Columns about the offer. The field names are those of OfferRecord; title_xx are parts of ``other_titles``.
OFFER = (
    Column(
        "offer_key", "Tilbudskode", "Tilbodskode", "Offer code", values.short_words(100),
        "Tilbyderens egen kode for tilbudet. Linjer med samme kode er gjennomføringer av samme tilbud.", "KENG1-1-7",
        required=True, also=("Studieprogramkode", "Programkode", "Emnekode"),
    ),
    Column(
        "title", "Navn", "Namn", "Title", values.short_words(300),
        "Navnet på tilbudet, på det språket tilbyderen selv bruker.", "Engelsk 1, 1.–7. trinn",
        required=True, also=("Navn på tilbudet", "Namn på tilbodet", "Tilbudsnavn", "Tittel", "Name", "Offer name"),
    ),
    Column(
        "title_language", "Språk i navnet", "Språk i namnet", "Title language", choices.title_language,
        "Språket som navnet er skrevet på.", "bokmål", choices.TITLE_LANGUAGES_ALLOWED,
    ),
    Column(
        "title_nb", "Navn på bokmål", "Namn på bokmål", "Title in Bokmål", values.short_words(300),
        "Navnet på bokmål, når hovednavnet er på et annet språk.", "Engelsk 1, 1.–7. trinn",
    ),
    Column(
        "title_nn", "Navn på nynorsk", "Namn på nynorsk", "Title in Nynorsk", values.short_words(300),
        "Navnet på nynorsk, når hovednavnet er på et annet språk.", "Engelsk 1, 1.–7. trinn",
    ),
    Column(
        "title_se", "Navn på samisk", "Namn på samisk", "Title in Sami", values.short_words(300),
        "Navnet på nordsamisk, når hovednavnet er på et annet språk.", "Eaŋgalsgiella 1",
    ),
    Column(
        "title_en", "Navn på engelsk", "Namn på engelsk", "Title in English", values.short_words(300),
        "Navnet på engelsk, når hovednavnet er på et annet språk.", "English 1, years 1–7",
    ),
    Column(
        "partners", "Samarbeidspartnere", "Samarbeidspartnarar", "Partners", values.providers,
        "Andre tilbydere i et fellestilbud. Skill flere med semikolon.", "0238; Nord universitet",
        "organisasjonsnummer, institusjonskode eller navn", also=("Partnere",),
    ),
    Column(
        "department", "Avdeling", "Avdeling", "Department", values.short_words(300),
        "Fakultet, institutt eller avdeling.", "Institutt for lærerutdanning", also=("Institutt", "Fakultet"),
    ),
    Column(
        "description", "Beskrivelse", "Beskriving", "Description", values.prose,
        "Kort om hva tilbudet handler om.", "Du lærer å planlegge engelskundervisning for de yngste elevene.",
    ),
    Column(
        "learning_outcomes", "Læringsutbytte", "Læringsutbyte", "Learning outcomes", values.prose,
        "Hva deltakeren kan etter fullført tilbud.", "Kandidaten kan velge tekster som passer for begynnere.",
    ),
    Column(
        "level_code", "Nivå", "Nivå", "Level", choices.level,
        "Nivåkoden i DBH, eller FS for fagskole.", "LN", ", ".join(choices.LEVELS), also=("Nivåkode", "Level code"),
    ),
    Column(
        "credits", "Studiepoeng", "Studiepoeng", "Credits", values.offer_credits,
        "Hvor mange poeng tilbudet gir.", "30", "et tall over 0 og til og med 360", also=("Poeng", "ECTS credits"),
    ),
    Column(
        "credit_scheme", "Poengordning", "Poengordning", "Credit scheme", choices.scheme,
        "Hva slags poeng det er. Kan stå tom når det er studiepoeng. Må fylles ut for fagskole.", "studiepoeng",
        choices.SCHEMES_ALLOWED,
    ),
    Column(
        "nus_code", "NUS-kode", "NUS-kode", "NUS code", values.nus_code,
        "Kode i Norsk standard for utdanningsgruppering (NUS2000).", "625109", "én til seks sifre", also=("NUS",),
    ),
    Column(
        "subject", "Fag", "Fag", "Subject", values.short_words(300),
        "Faget, med registerets fagkode eller navn.", "Engelsk",
    ),
    Column(
        "target_groups", "Målgrupper", "Målgrupper", "Target groups", choices.target_groups,
        "Hvem tilbudet er for. Skill flere med semikolon.", "primary_1_7:teacher; sfo:leader",
        f"navn, eller arbeidssted:rolle. Arbeidssted: {', '.join(choices.SETTINGS)}. Rolle: {', '.join(choices.ROLES)}",
        also=("Målgruppe", "Target group"),
    ),
    Column(
        "school_years", "Skoletrinn", "Skuletrinn", "School years", values.school_years,
        "Trinnene tilbudet gjelder.", "1-7", "trinn fra 1 til 13", also=("Trinn", "Årstrinn"),
    ),
    Column(
        "step", "Del", "Del", "Part", values.step,
        "Hvilken del av et fag som er delt i flere, for eksempel Engelsk 1 og Engelsk 2.", "1", "1, 2, 3 eller 4",
        also=("Step",),
    ),
    Column(
        "measure", "Tiltak", "Tiltak", "Measure", choices.measure,
        "Tiltaket tilbudet hører til.", "videreutdanning", choices.MEASURES_ALLOWED,
    ),
    Column(
        "languages", "Undervisningsspråk", "Undervisningsspråk", "Languages", choices.languages,
        "Språk det undervises på. Skill flere med semikolon.", "bokmål; engelsk", choices.LANGUAGES_ALLOWED,
        also=("Språk", "Language", "Teaching language"),
    ),
    Column(
        "tags", "Stikkord", "Stikkord", "Tags", values.items,
        "Egne stikkord. Skill flere med semikolon.", "desentralisert; nyskapende", also=("Nøkkelord", "Keywords"),
    ),
    Column(
        "url", "Nettside", "Nettside", "Web page", values.url,
        "Siden om tilbudet hos tilbyderen.", "https://www.eksempel.no/engelsk-1", "adresse med http eller https",
        also=("URL", "Lenke", "Website"),
    ),
)  # fmt: skip

#: Columns about the run. The field names are those of RunRecord.
RUN = (
    Column(
        "term",
        "Termin",
        "Termin",
        "Term",
        values.term,
        "Halvåret gjennomføringen starter.",
        "2026H",
        "2026V, 2026H, Vår 2026 eller Høst 2026",
        required=True,
        also=("Semester", "Oppstartssemester"),
    ),
    Column(
        "native_key",
        "Gjennomføringskode",
        "Gjennomføringskode",
        "Run code",
        values.short_words(100),
        "Tilbyderens egen kode for gjennomføringen. Må fylles ut når tilbudet har flere i samme termin.",
        "KENG1-2026H-A",
        also=("Kull", "Kullkode"),
    ),
    Column(
        "starts_on",
        "Starter",
        "Startar",
        "Starts",
        values.day,
        "Første dag.",
        "17.08.2026",
        "dato",
        also=("Startdato", "Oppstart", "Start date"),
    ),
    Column(
        "ends_on",
        "Slutter",
        "Sluttar",
        "Ends",
        values.day,
        "Siste dag.",
        "18.06.2027",
        "dato",
        also=("Sluttdato", "End date"),
    ),
    Column(
        "application_opens_on",
        "Søknad åpner",
        "Søknad opnar",
        "Application opens",
        values.day,
        "Første dag det går an å søke.",
        "01.02.2026",
        "dato",
        also=("Søknadsstart",),
    ),
    Column(
        "application_closes_on",
        "Søknadsfrist",
        "Søknadsfrist",
        "Application deadline",
        values.day,
        "Siste dag det går an å søke.",
        "15.04.2026",
        "dato",
        also=("Frist", "Application closes"),
    ),
    Column(
        "places",
        "Plasser",
        "Plassar",
        "Places",
        values.whole_number(1, 100_000),
        "Hvor mange som kan få plass.",
        "30",
        "helt tall fra 1",
        also=("Studieplasser", "Studieplassar", "Antall plasser"),
    ),
    Column(
        "minimum",
        "Minste antall",
        "Minste tal",
        "Minimum",
        values.whole_number(1, 100_000),
        "Hvor mange deltakere som trengs for å gjennomføre.",
        "12",
        "helt tall fra 1",
        also=("Minimum antall", "Minste antall deltakere", "Minimum number"),
    ),
    Column(
        "delivery",
        "Undervisningsform",
        "Undervisningsform",
        "Delivery",
        choices.delivery,
        "Hvordan undervisningen foregår.",
        "samlinger",
        choices.DELIVERIES_ALLOWED,
        also=("Organisering", "Leveranseform", "Mode of delivery"),
    ),
    Column(
        "municipalities",
        "Kommuner",
        "Kommunar",
        "Municipalities",
        values.municipalities,
        "Hvor undervisningen foregår. Skill flere med semikolon.",
        "5001; Bodø",
        "kommunenummer eller navn",
        also=("Kommune", "Sted", "Stad", "Municipality"),
    ),
    Column(
        "apply_url",
        "Søknadslenke",
        "Søknadslenkje",
        "Application link",
        values.url,
        "Siden der en søker.",
        "https://www.eksempel.no/sok",
        "adresse med http eller https",
        also=("Søknadsadresse", "Apply url"),
    ),
    Column(
        "cancelled",
        "Avlyst",
        "Avlyst",
        "Cancelled",
        values.yes_no,
        "Om gjennomføringen er avlyst.",
        "nei",
        "ja eller nei",
        also=("Canceled",),
    ),
    Column(
        "cancel_reason",
        "Grunn til avlysning",
        "Grunn til avlysing",
        "Reason for cancelling",
        choices.cancel_reason,
        "Hvorfor gjennomføringen er avlyst. Må fylles ut når den er avlyst.",
        "for få søkere",
        choices.CANCEL_REASONS_ALLOWED,
        also=("Avlysningsgrunn", "Avlysingsgrunn", "Cancel reason"),
    ),
)

COLUMNS = (*PROVIDER, *OFFER, *RUN)

#: Headings that say by themselves that the credits are ECTS; "Credits" and "Poeng" do not.
ECTS_HEADINGS = ("Studiepoeng", "ECTS credits")
