"""Columns of sentences: what is said comes back as it can be said in another language, and plain text as it is."""

from sqlalchemy import Column, Integer, MetaData, String, Table, func, insert, literal_column, select

from importers.sentences import Sentence, in_quotes
from registry.core.db import Database
from registry.core.sentences import KeptLines, SentencesType, SentenceType, as_kept
from registry.web.catalogues import translations

SAID = Sentence("%(value)s er ikke et tall.", value=in_quotes("få"))
OLD = "«få» er ikke et tall."
ALIKE = '{"msgid": "somebody wrote this"}'


def test_a_sentence_and_a_text_come_back_as_they_were(database: Database) -> None:
    table = Table(
        "said",
        MetaData(),
        Column("id", Integer, primary_key=True),
        Column("one", SentenceType),
        Column("some", SentencesType),
    )
    rows: list[dict[str, object]] = [{"one": text, "some": [text, "x"]} for text in (SAID, OLD, ALIKE)]
    rows.append({"one": None, "some": None})
    rows.append({"one": None, "some": KeptLines(as_kept([SAID, "x"]))})  # taken apart by whoever writes
    with database.write() as session:
        table.create(session.connection())
        session.execute(insert(table), rows)
        found = session.execute(select(table.c.one, table.c.some).order_by(table.c.id)).all()
        assert [one for one, _ in found] == [SAID, OLD, ALIKE, None, None]
        assert found[0].one.by(translations("en")) == "“få” is not a number."
        assert not isinstance(found[1].one, Sentence)
        assert [type(text) for text in found[0].some] == [Sentence, str]
        assert found[0].some[0].by(translations("nn")) == "«få» er ikkje eit tal."
        assert found[3].some is None
        assert found[4].some == found[0].some
        assert session.scalar(select(func.count()).where(table.c.one == SAID)) == 1
        assert isinstance(session.scalar(select(func.max(table.c.one)).where(table.c.id == 1)), Sentence)
        stored = session.scalar(select(literal_column("one", String)).select_from(table).where(table.c.id == 2))
        assert stored == OLD  # as rows from before there were sentences
        table.drop(session.connection())
