"""The trade's own words, as tables: schemes, forms of delivery, people and places of work, funding, filler.

Found by reading 1,631 programme names of twelve Norwegian institutions (DBH table 347, 2021–2025).
Patterns are matched against text folded by :func:`registry.matching.text.fold`.
"""

import re
from enum import StrEnum
from typing import Final


class Setting(StrEnum):
    """Where the target group works."""

    KINDERGARTEN = "kindergarten"
    COMPULSORY_SCHOOL = "compulsory_school"
    UPPER_SECONDARY = "upper_secondary"
    COMPANY_TRAINING = "company_training"
    ADULT_EDUCATION = "adult_education"
    SFO = "sfo"
    PPT = "ppt"
    CULTURE_SCHOOL = "culture_school"


class Role(StrEnum):
    """What the target group does there."""

    TEACHER = "teacher"
    HIGHER_EDUCATION_STAFF = "higher_education_staff"
    SKILLED_WORKER = "skilled_worker"
    ASSISTANT = "assistant"
    LEADER = "leader"
    NEWLY_QUALIFIED = "newly_qualified"
    MENTOR = "mentor"


class Kind(StrEnum):
    """What sort of study it is, where that matters more than its subject."""

    PPU = "ppu"  #: praktisk-pedagogisk utdanning: makes teachers, is not further education for them
    FULL_YEAR = "full_year"  #: årsstudium, årsenhet: 60 credits in one subject
    SPECIALIST = "specialist"  #: lærerspesialistutdanning, master level
    EXTENSION = "extension"  #: påbygging, fordypning: on top of a full year
    PREPARATORY = "preparatory"  #: forkurs: upper secondary level


class Language(StrEnum):
    """Language of a title."""

    BOKMAL = "nb"
    NYNORSK = "nn"
    SAMI = "se"
    ENGLISH = "en"


class Delivery(StrEnum):
    """How a run is taught, in the words of the importers' contract."""

    CAMPUS = "campus"
    GATHERINGS = "gatherings"
    ONLINE = "online"
    HYBRID = "hybrid"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _compile(*rows: tuple[str, str, float]) -> tuple[tuple[re.Pattern[str], str, float], ...]:
    return tuple((re.compile(pattern), value, confidence) for pattern, value, confidence in rows)


#: pattern, scheme, confidence. Order matters: the longer wording first.
SCHEMES: Final = _compile(
    (r"\b(?:regional(?:t|e)?\s+)?kompetanse for kvalitet\b", "kfk", 0.98),
    (r"\bkompetanse for fram?tid(?:en)?e?s barnehage\b|\bkompetanse for fremtid(?:en)?e?s barnehage\b", "kfb", 0.98),
    (r"\b(?:kfk|kk)\b", "kfk", 0.9),
    (r"\bkff?b\b", "kfb", 0.9),
    (r"\bkompis\b", "kompis", 0.98),
    (r"\blærerspesialist(?:utdanning(?:en|a)?)?(?=\b)|\blærarspesialist(?:utdanning(?:en|a)?)?\b", "specialist", 0.98),
    (r"\btil lærerspesialist\b", "specialist", 0.9),
    (r"\bstipendordning\b|\bvikarordning\b", "kfk", 0.7),
    (r"\bregionalt tilbud\b|(?<=-)reg\b", "regional", 0.8),
    (r"\boppdrag\b", "commissioned", 0.8),
)

#: pattern, delivery, confidence
DELIVERIES: Final = _compile(
    (r"\bnett?-? og samlingsbasert\w*|\bsamlings-? og nettbasert\w*|\bdelvis nettbasert\w*", Delivery.HYBRID, 0.95),
    (r"\bnettbasert\w*|\bnettstudi(?:um|et|er)\b|\bfjernundervisning\w*|\bfjernstudi\w+|\bfjernord\b", "online", 0.95),
    (r"\bmooc\b|\bmatematikkmooc\b|\bonline\b|\bweb-?based\b", "online", 0.9),
    (r"(?:(?<=[,(\-] )|(?<=[,(\-])|(?<=trinn )|(?<=\d ))nett\b|\bnett$", "online", 0.85),
    (r"\bsamlingsbasert\w*|\bmed samlinger\b", "gatherings", 0.9),
    (r"\bdesentraliser(?:t|te)\b", "gatherings", 0.6),
)

#: Words about pace, form and level that say nothing of content; rubbed out before the content is read.
FORM: Final = re.compile(
    r"\b(?:del|hel)tid\b|\bover (?:ett|to|\d) år\b|\b(?:\d|ett|to)[- ]?årig\b|\bskolebasert\b|\bmodulbasert\b|"
    r"\b(?:\d\. år )?bachelor\b|\bhalvårsstudi\w+|\bførstesemesterstudium\b|\bbachelornivå\b|\bmasternivå\b|\b(?:høyere|lavere) (?:nivå|grad)\b|"
    r"\bårsstudi(?:um|et)\b|\bårseining\b|\bårsenhet\b|\bone[- ]year programme?\b|\bgrunnutdanning\b|"
    r"\bettårig(?:e|t)?\b|\bhalvårig\b|\bfleksibel\b|\b(?:viderutdanning|vidareutdanning|videreutdanning)"
    r"(?:en|a|sstudium|semne(?:r|ne)?|sprogram\w*|skurs)?\b|\betterutdanning\w*\b|\better-? og (?=vid[ea]r)|\bvidereutd\b|\bevu\b|"
    r"\bpåbygg(?:ings|nings)(?:studi\w+|enhet)\b|\bpåbygningsenhet\b|\bfordypning\b|\bstudium i\b|\bnasjonal(?:e|t)?\b|\bden nasjonale\b"
)

#: pattern, kind, confidence; first hit wins.
KINDS: Final = _compile(
    (r"\bpraktisk[- ]+pedagogisk utdanning\b|\bppu\b|\bkompletterende lærerutdanning\b", Kind.PPU, 0.97),
    (r"\blær[ae]rspesialist", Kind.SPECIALIST, 0.97),
    (r"\bforkurs\b|\bstudieforberedende\b", Kind.PREPARATORY, 0.97),
    (r"^2\. år\b", Kind.EXTENSION, 0.9),
    (r"\bpåbygg(?:ings|nings)|\bpåbygningsenhet", Kind.EXTENSION, 0.9),
    (r"\bfordypning$|\bfordypning,|- fordypning|^fordypning\b", Kind.EXTENSION, 0.7),
    (
        r"\bårsstudi(?:um|et)\b|\bårseining\b|\bårsenhet\b|\bone[- ]year programme?\b|\b1\. år bachelor\b",
        "full_year",
        0.97,
    ),
    (r"\b(?:1-|ett)årig\b|\bgrunnutdanning\b", Kind.FULL_YEAR, 0.6),
)

#: A programme that only gathers registrations: many courses, a budget line or a whole department.
CONTAINERS: Final = _compile(
    (r"\benkeltemne(?:r|ne)?\b|\bmikroemner?\b|\bevu-emner\b|\bdiverse studier\b", "enkeltemner", 0.97),
    (
        r"\b(?:ekstern(?:t)?|egen|intern|blandet )\s?-?finansier\w*|\bfinansiering\b|\bstudentbetaling\b",
        "finansiering",
        0.95,
    ),
    (r"^(?:hf - )?etter- og videreutdanning\b", "etter- og videreutdanning", 0.95),
    (r"\bmasteremner\b|\bvidereutdanningsemner\b|\bemner (?:lavere|høyere) grad\b", "emner", 0.9),
    (r"\bvidereutdanning (?:ved|tilknyttet)\b|^videreutdanning - |\b(?:høyere|lavere) grad\b", "samlekode", 0.85),
    (
        (
            r"^(?:kompetanse for kvalitet - )?videreutdanning for (?:lærere|barnehagelærere|førskolelærere)"
            r"(?:, (?:oppdrag|barnehagelærere og utdanningsledere))?$"
        ),
        "samlekode",
        0.9,
    ),
    (r"^kompetanseheving for (?:lærere|barnehagen)$|^kompetanse for fremtiden$", "samlekode", 0.8),
    (r"^videreutdanning i (?:humaniora|realfag og teknologi|pedagogikk)\b", "samlekode", 0.7),
)

#: stem or stem prefix (ending in *) -> setting, role, confidence. A word may tell one, the other or both.
PEOPLE: Final[tuple[tuple[str, Setting | None, Role | None, float], ...]] = (
    ("barnehageassistent*", Setting.KINDERGARTEN, Role.ASSISTANT, 0.97),
    ("barnehagelærer*", Setting.KINDERGARTEN, Role.TEACHER, 0.9),
    ("barnehage*", Setting.KINDERGARTEN, None, 0.95),
    ("førskole*", Setting.KINDERGARTEN, None, 0.9),
    ("småbarn*", Setting.KINDERGARTEN, None, 0.7),
    ("kindergarten*", Setting.KINDERGARTEN, None, 0.9),
    ("styrer*", Setting.KINDERGARTEN, Role.LEADER, 0.95),
    ("assistent*", None, Role.ASSISTANT, 0.95),
    ("tilleggsutdanning", None, Role.HIGHER_EDUCATION_STAFF, 0.7),
    ("sfo", Setting.SFO, None, 0.97),
    ("skolefritidsordning*", Setting.SFO, None, 0.97),
    ("ppt", Setting.PPT, None, 0.97),
    ("sakkyndig*", Setting.PPT, None, 0.8),
    ("voksenopplæring*", Setting.ADULT_EDUCATION, None, 0.97),
    ("voksne*", Setting.ADULT_EDUCATION, None, 0.7),
    ("kulturskole*", Setting.CULTURE_SCHOOL, None, 0.95),
    ("yrkesfaglærer*", Setting.UPPER_SECONDARY, Role.TEACHER, 0.9),
    ("yrkesfag*", Setting.UPPER_SECONDARY, None, 0.85),
    ("yrkesdidaktikk*", Setting.UPPER_SECONDARY, None, 0.7),
    ("lærebedrift*", Setting.COMPANY_TRAINING, None, 0.9),
    ("bedrift", Setting.COMPANY_TRAINING, None, 0.7),
    ("lærling*", Setting.COMPANY_TRAINING, None, 0.7),
    ("videregående", Setting.UPPER_SECONDARY, None, 0.9),
    ("vgs", Setting.UPPER_SECONDARY, None, 0.9),
    ("grunnskole*", Setting.COMPULSORY_SCHOOL, None, 0.8),
    ("ungdomstrinn*", Setting.COMPULSORY_SCHOOL, None, 0.9),
    ("ungdomsskole*", Setting.COMPULSORY_SCHOOL, None, 0.9),
    ("barnetrinn*", Setting.COMPULSORY_SCHOOL, None, 0.9),
    ("barneskole*", Setting.COMPULSORY_SCHOOL, None, 0.9),
    ("rektor*", Setting.COMPULSORY_SCHOOL, Role.LEADER, 0.95),
    ("skoleleder*", Setting.COMPULSORY_SCHOOL, Role.LEADER, 0.95),
    ("skoleledelse*", Setting.COMPULSORY_SCHOOL, Role.LEADER, 0.9),
    ("skolemiljø*", Setting.COMPULSORY_SCHOOL, None, 0.6),
    ("skolerettet*", Setting.COMPULSORY_SCHOOL, None, 0.6),
    ("skole", Setting.COMPULSORY_SCHOOL, None, 0.6),
    ("skolen", Setting.COMPULSORY_SCHOOL, None, 0.6),
    ("skoler", Setting.COMPULSORY_SCHOOL, None, 0.6),
    ("klasseledelse*", Setting.COMPULSORY_SCHOOL, Role.TEACHER, 0.6),
    ("barnehageleder*", Setting.KINDERGARTEN, Role.LEADER, 0.95),
    ("mellomleder*", None, Role.LEADER, 0.9),
    ("ledere", None, Role.LEADER, 0.8),
    ("praksislærer*", None, Role.MENTOR, 0.95),
    ("praksisveileder*", None, Role.MENTOR, 0.95),
    ("praksisveiled*", None, Role.MENTOR, 0.8),
    ("veilederutdanning*", None, Role.MENTOR, 0.85),
    ("mentor*", None, Role.MENTOR, 0.9),
    ("nyutdann*", None, Role.NEWLY_QUALIFIED, 0.7),
    ("fagarbeider*", None, Role.SKILLED_WORKER, 0.95),
    ("lærere", None, Role.TEACHER, 0.8),
    ("lærer", None, Role.TEACHER, 0.8),
    ("lærerar", None, Role.TEACHER, 0.8),
    ("læreren", None, Role.TEACHER, 0.6),
    ("språklærer*", None, Role.TEACHER, 0.6),
)

#: Subject or branch of the subject tree -> the place of work that it implies, where a name says no more.
SUBJECT_SETTINGS: Final = {
    "barnehage": Setting.KINDERGARTEN,
    "barnehage-veiledning": Setting.KINDERGARTEN,
    "samisk-barnehage": Setting.KINDERGARTEN,
    "norsk-voksne": Setting.ADULT_EDUCATION,
    "yrkesfag": Setting.UPPER_SECONDARY,
    "kulturskole": Setting.CULTURE_SCHOOL,
    "ppt": Setting.PPT,
    "sfo": Setting.SFO,
    "rektor": Setting.COMPULSORY_SCHOOL,
}

#: Settings whose words are content too: "Engelsk på yrkesfag" is another study than "Engelsk".
CONTENT_SETTINGS: Final = frozenset(
    {Setting.UPPER_SECONDARY, Setting.ADULT_EDUCATION, Setting.PPT, Setting.SFO, Setting.COMPANY_TRAINING}
)

#: Marks that tell two variants of one offer apart at the same institution: place, pace, form, order, language of the season.
VARIANTS: Final = _compile(
    (r"\bnett\w*|\bfjern\w+|\bmooc\b", "nett", 0.9),
    (r"\bsamlings\w*", "samlinger", 0.9),
    (r"\bdesentraliser\w+", "desentralisert", 0.9),
    (r"\bdeltid\b", "deltid", 0.9),
    (r"\bheltid\b", "heltid", 0.9),
    (r"\bregional\w*|\breg\b|\bregion\b", "regionalt", 0.8),
    (r"\bstipendordning\b", "stipendordning", 0.9),
    (r"\bvikarordning\b", "vikarordning", 0.9),
    (r"\boppdrag\b", "oppdrag", 0.8),
    (r"\bautumn\b", "høst", 0.9),
    (r"\bspring\b", "vår", 0.9),
)

#: Small words between content words.
GLUE: Final = _words(
    "og i for på med av til ved som fra frå om den det de et en ei eit sin sitt eige eget egen andre enn der når innen "
    "innenfor inkludert mot ut fra samt særlig hos mellom eller utenfor the and in of for to with on an a"
)

#: Stems that carry no content of their own in this trade: left out of ``focus``.
FILLER: Final = _words(
    "videreutdanning utdanning studium studi emn modul del trinn nivå tilbud regional region vår høst autumn winter spring "
    "lær undervisning opplæring grunnskol skol elev fag faget arbeid innføring introduksjon grunnemn grunnkur kurs enhet lærerutdanning "
    "grunnskolelærerutdanning årig eksternt grunnlegg videretud kompetans perspektiv kommun gjennom ulik basis program tverrfag skolefag "
    "didaktikk trin primary vekt fokus hovedfokus praktisk profesjonsutøv"
)

#: What every list of learning outcomes says, in the words of the national qualifications framework: it tells no two offers apart.
OUTCOME_WORDS: Final = _words(
    "etter fullført studium studiet emnet kandidat kandidaten kandidatar student studenten studenten deltaker deltakeren deltakar "
    "deltakaren du har ha kan kunne skal vil være vere bli kunnskap kunnskaper kunnskapar ferdighet ferdigheter ferdigheit "
    "ferdigheiter generell generelle kompetanse læringsutbytte bred brei brede breie inngående inngåande avansert avanserte grundig "
    "god gode sentral sentrale aktuell aktuelle relevant relevante ulik ulike egen eget egne eigen eige eigne andre ny nye vise "
    "kjenne kjenner kjennskap innsikt forstå forståelse forståing forklare gjøre gjere rede greie drøfte diskutere reflektere "
    "vurdere analysere kritisk anvende nytte bruke ta leggje legge rette planlegge planleggje gjennomføre lede leie utvikle "
    "vidareutvikle videreutvikle bidra samarbeide veilede rettleie dele formidle arbeid arbeide arbeider arbeides arbeidet begrep "
    "begreper omgrep teori teorier teoriar forskning forsking metode metoder metodar erfaring erfaringer erfaringar opplegg kolleger kollegaer "
    "kollegaar praksis undervisning undervisninga undervisningen opplæring opplæringa opplæringen elev elever elevar elevene elevane "
    "fag faget faglig fagleg faglige faglege måte måter måtar hvordan korleis hva kva det dette den de dei at å så både også "
    "knyttet knytt gjennom mellom over under samt seg sin sitt sine ein som om"
)

#: Campus towns and districts that twelve institutions put into names; a place is not content.
PLACES: Final = _words(
    "alta kirkenes narvik finnsnes tromsø harstad hammerfest bergen sogndal stord førde sandefjord sandvika kjeller pilestredet "
    "oslo osloskolen buskerud midtfylket drammen vestfold porsgrunn porsgr notodden bø halden fredrikstad kristiansand grimstad "
    "stavanger trondheim bodø levanger nesna hamar elverum volda molde ås nibs caen"
)

#: nynorsk part of a word -> bokmål part; applied before stemming. Longer parts first.
NYNORSK_TO_BOKMAL: Final = (
    ("viderutdanning", "videreutdanning"),
    ("vidareutdanning", "videreutdanning"),
    ("grunnleggjande", "grunnleggende"),
    ("karriererettleiing", "karriereveiledning"),
    ("rettleiing", "veiledning"),
    ("rettleiar", "veileder"),
    ("vidaregåande", "videregående"),
    ("supplerande", "supplerende"),
    ("utøvande", "utøvende"),
    ("styrar", "styrer"),
    ("leiing", "ledelse"),
    ("leiar", "leder"),
    ("lærar", "lærer"),
    ("høgskul", "høgskol"),
    ("skule", "skole"),
    ("vaksen", "voksen"),
    ("vaksne", "voksne"),
    ("framand", "fremmed"),
    ("framtid", "fremtid"),
    ("ferdigheit", "ferdighet"),
    ("fleir", "fler"),
    ("språkleg", "språklig"),
    ("teikn", "tegn"),
    ("handverk", "håndverk"),
    ("berekraft", "bærekraft"),
    ("meistring", "mestring"),
    ("mangfald", "mangfold"),
    ("rettar", "rettigheter"),
    ("begynnar", "begynner"),
    ("rekning", "regning"),
    ("rådgiving", "rådgivning"),
    ("vitskap", "vitenskap"),
    ("symje", "svømme"),
    ("åtferd", "atferd"),
    ("adferd", "atferd"),
    ("tilpassa", "tilpasset"),
    ("vanskar", "vansker"),
    ("utdanningsval", "utdanningsvalg"),
    ("forteljing", "fortelling"),
    ("forståing", "forståelse"),
    ("munnleg", "muntlig"),
    ("nyutdanna", "nyutdannede"),
    ("tenesta", "tjenesten"),
    ("spel", "spill"),
    ("tenking", "tenkning"),
    ("leik", "lek"),
    ("pædagogik", "pedagogikk"),
)

#: What stands before "lege" where that is a physician, and no nynorsk ending as in "språklege".
PHYSICIANS: Final = ("skole", "fast", "over", "tann", "dyr", "barne", "kommune", "bedrifts", "turnus", "sykehus", "")

#: The few English words that name the same thing as a Norwegian one in these titles.
ENGLISH_TO_BOKMAL: Final = {
    "kindergarten": "barnehage",
    "kindergartens": "barnehage",
    "school": "skole",
    "schools": "skole",
    "teachers": "lærere",
    "teacher": "lærer",
    "leadership": "ledelse",
    "digital": "digital",
    "special": "spesial",
}

#: Stages of school in English: the words side by side, and the one Norwegian word for them.
ENGLISH_STAGES: Final = {
    ("lower", "secondary"): "ungdomstrinnet",
    ("upper", "secondary"): "videregående",
    ("primary", "school"): "barneskolen",
    ("primary", "schools"): "barneskolen",
    ("primary", "education"): "barneskolen",
    ("primary", "level"): "barnetrinnet",
}

#: Whole words that only one written standard has, for telling the language of a title.
NYNORSK_WORDS: Final = _words(
    "ein eit eige frå korleis ikkje dei vere eigen noko nokre vidareutdanning rettleiing lærar lærarar leiing leiar styrarar "
    "barnehagar skular skule høgskule vaksne samla rekning forteljing kunnskapar klede saum undervisninga opplæringa "
    "rektorutdanninga voksenopplæringa vaksenopplæringa utdanninga barnehagane elevane elevar læraren prosessar samfunnsvitskaplege "
    "berekraft grunnleggjande ferdigheiter handverk teiknspråk"
)
NYNORSK_PARTS: Final = (
    "leiing",
    "leiar",
    "lærar",
    "skule",
    "vitskap",
    "vidare",
    "rettlei",
    "fleirspr",
    "fleirkult",
    "berekraft",
)
BOKMAL_WORDS: Final = _words(
    "fra ikke en et lærere elever ledelse leder ledere styrere barnehager barnehagen skolen voksne regning veiledning "
    "ferdighet ferdigheter grunnleggende håndverk tegnspråk videreutdanning fremtidens flerkulturell flerspråklig utøvende "
    "opplæringen voksenopplæringen rektorutdanningen deres elevens"
)
ENGLISH_WORDS: Final = _words(
    "the and in of for with to education studies learning culture play movement nature creativity needs special programme "
    "practical pedagogy tertiary vocational physical sport outdoor autumn spring winter schools teachers technologies "
    "emergencies comparative citizenship secondary one year years grade grades lower upper primary english norwegian mathematics "
    "maths science music part step"
)
SAMI_LETTERS: Final = frozenset("áčđŋšŧž")

#: Words that name school years without a number: pattern, first, last, confidence.
YEAR_WORDS: Final = tuple(
    (re.compile(pattern), first, last, confidence)
    for pattern, first, last, confidence in (
        (r"\bungdomsskolen? og (?:i )?videregående(?: skoler?)?\b|\blower and upper secondary\b", 8, 13, 0.75),
        (r"\bprimary and lower secondary\b", 1, 10, 0.6),
        (r"\bprimary and secondary\b", 1, 13, 0.6),
        (r"\bgrunnskolen? og (?:i )?videregående\b", 1, 13, 0.6),
        (r"\bsmåskoletrinnet\b|\bsmåskolen\b", 1, 4, 0.7),
        (r"\bmellomtrinnet\b", 5, 7, 0.7),
        (r"\bbarnetrinnet\b|\bbarneskolen\b|\bprimary (?:school|teacher|education|level)", 1, 7, 0.65),
        (r"\bungdomstrinnet\b|\bungdomsskolen?\b|\bungdomssteget\b|\blower secondary\b", 8, 10, 0.6),
        (r"\bvideregående (?:skole[rn]?|opplæring|trinn)\b|\bvgs\b|\bvidaregåande\b|\bupper secondary\b", 11, 13, 0.6),
        (r"\byrkesfag(?:lærer|elev)?\w*", 11, 13, 0.5),
        (r"\bi grunnskolen\b", 1, 10, 0.4),
    )
)
