"""ELM v3, the European Learning Model: learning opportunities as JSON-LD, or as XML of the profile LOQ.

Source: the model and its profile "Learning Opportunities and Qualifications" (LOQ 1.x, European Commission,
https://github.com/european-commission-empl/European-Learning-Model, EUPL). A learning opportunity (when, where, by whom)
points at a specification of what is learnt; it becomes one record with at most one run. The material at hand is thin: the
profile, an exporter's code, and no whole delivery with real values.

Quirks of the model, each met with below or in ``nodes``:

- XML has ``<Courses>`` with lists of references: opportunities first, and what they point at by ``idref`` (specifications,
  organisations, outcomes) after them. JSON-LD nests all that, or points by ``id`` to a node elsewhere in the file.
- Texts have a language each: ``{"nb": "…"}`` in JSON-LD (one text or a list), ``language="nb"`` in XML.
- Codes are addresses of concepts ("…/language/NOB", "…/country/NOR", "…/isced-f/0114"): the last step is the code. Those of
  ways of learning are numbers nobody can read, so they are known by their labels.
- Credits are text with a framework. Only the framework ECTS is taken, by its address or its label; other frameworks and
  a number without one are left out with a notice.
- ``defaultLanguage`` is the language of the description; the languages of teaching stand in the specification.
- There may be several ``applicationDeadline``: the nearest is taken, and all are in ``raw``. The model has no opening day.
- ``temporal`` may be absent: an offer without runs.
- EQF and NQF levels are not DBH's level codes: kept in ``raw`` only.
- Identifiers are ``notation`` within ``identifier``; without one the address of the opportunity is its key.
- Contact points are persons now and then: left out of what is kept.
"""

from collections.abc import Iterator

from importers.formats.elm.nodes import Index, opportunities
from importers.formats.elm.offers import understood
from importers.nested import mended_object
from importers.payloads import MAX_BYTES, Kind, examine
from importers.protocol import Payload, PayloadRefused, Row
from importers.sentences import Sentence
from importers.tally import Tally

NAME = "elm"
TITLE = "Læringstilbud etter European Learning Model (ELM 3), som JSON-LD eller XML"


def read(payload: Payload, *, max_bytes: int = MAX_BYTES) -> Iterator[Row]:
    """Yield one row for every learning opportunity, in the order of the file; positions count them."""
    examined = examine(payload, max_bytes=max_bytes, markup=frozenset({Kind.XML}))
    if examined.kind not in (Kind.JSON, Kind.XML):
        raise PayloadRefused(
            Sentence("Filen er verken JSON eller XML."), Sentence("Hent læringstilbudene som JSON-LD eller XML.")
        )
    yield from examined.notices
    tally, index = Tally(), Index.of(examined)
    for position, node in enumerate(opportunities(examined), start=1):
        yield tally.passing(understood(position, mended_object(node, payload.repairs.get(position)), index, tally))
    yield from tally.notices(
        Sentence("Filen har ingen læringstilbud (LearningOpportunity)."),
        Sentence("Ta med læringstilbudene: en beskrivelse av hva som læres, sier ikke hvem som tilbyr det, og når."),
    )
