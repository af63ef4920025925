"""Pieces that are drawn once, and templates without their indentation."""

import pytest
from flask import Flask, render_template_string
from markupsafe import Markup

from registry.web import pieces as kept
from registry.web.i18n import speaking
from registry.web.pieces import Pieces, parted
from registry.web.templating import Unindented, init_templating
from tests.web.demo import Option, create_app


class Macro:
    """Draws a thing between two others, and counts how often it was asked to."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, thing: str, *same: str) -> str:
        self.asked += 1
        return f"<b>{'-'.join((thing, *same))}</b>"


def test_each_thing_is_drawn_once_for_each_language_and_what_it_is_drawn_with() -> None:
    pieces, macro = Pieces(), Macro()
    assert pieces.each(macro, ["a", "b", "a"], "x") == "<b>a-x</b><b>b-x</b><b>a-x</b>"
    assert macro.asked == 2
    assert pieces.each(macro, ["a"], "y") == "<b>a-y</b>"
    with speaking("en"):
        pieces.each(macro, ["a"], "x")
    assert macro.asked == 4
    another = Macro()
    pieces.each(another, ["a"], "x")
    assert another.asked == 1


def test_a_frame_and_what_it_holds_are_each_drawn_once_however_they_are_paired() -> None:
    pieces, frame, inner = Pieces(), Macro(), Macro()
    page = pieces.around(frame, inner, [("a", "1"), ("b", "1"), ("a", "2"), ("b", "2")], "x")
    assert page == "".join(f"<b>{thing}-<b>{filling}</b>-x</b>" for filling in "12" for thing in "ab")
    assert (frame.asked, inner.asked) == (2, 2)
    with speaking("en"):
        pieces.around(frame, inner, [("a", "1")], "x")
    assert (frame.asked, inner.asked) == (3, 3)


def test_what_differs_is_put_in_the_gaps_and_the_rest_is_drawn_once() -> None:
    pieces, macro = Pieces(), Macro()
    assert pieces.holding(macro, "a", "1", "2") == "<b>a-1-2</b>"
    assert pieces.holding(macro, "a", "<3>", Markup("<i>4</i>")) == "<b>a-&lt;3&gt;-<i>4</i></b>"
    assert macro.asked == 1
    with pytest.raises(ValueError, match="gaps"):
        pieces.holding(lambda thing, *_: thing, "b", "left out")


def test_what_has_become_too_much_is_forgotten_and_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MOST", 3)
    pieces, macro = Pieces(), Macro()
    for thing in "abcde":
        pieces.each(macro, [thing])
    assert pieces.each(macro, ["a"]) == "<b>a</b>"
    assert macro.asked == 6


def test_lists_with_nothing_in_them_do_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MOST", 3)
    pieces, macro = Pieces(), Macro()
    pieces.each(macro, ["a"])
    for looked_for in "bcde":
        pieces.each(macro, [], looked_for)
    pieces.each(macro, ["a"])
    assert macro.asked == 2, "all are forgotten when they are too many, empty ones too"


def test_pieces_on_a_page_are_escaped_once_and_counted_each_for_itself() -> None:
    app = create_app()
    source = """{% macro box(option, name) %}<i class="{{ name }}">{{ option.label }} {{ option.count }}</i>{% endmacro %}
    {{ drawn(box, options, "a&b") }}"""
    with app.test_request_context("/nb/demo/"):
        for count in (1, 2, 1):
            page = render_template_string(source, options=[Option("x", "<x>", count)])
            assert page.strip() == f'<i class="a&amp;b">&lt;x&gt; {count}</i>'


def test_an_option_that_is_chosen_is_seen_wherever_it_stands() -> None:
    options = [Option(str(number), "", 0) for number in range(5)]
    seen, rest = parted(options, [4], 2)
    assert [(value, state) for (value, _, state), _ in seen] == [("0", "none"), ("1", "none"), ("4", "checked")]
    assert [value for (value, _, _), _ in rest] == ["2", "3"]


@pytest.mark.parametrize(("count", "state"), [(0, "none"), (3, ""), (None, "")])
def test_an_option_that_finds_nothing_says_so_where_anything_is_counted(count: int | None, state: str) -> None:
    [(choice, counted)], _ = parted([Option("a", "A", count)], [], 1)
    assert (choice, counted) == (("a", "A", state), count)


def test_attributes_on_lines_of_their_own_stay_apart_without_their_indentation() -> None:
    app = Flask(__name__)
    init_templating(app)
    source = '<input\n        {% if true %}checked{% endif %}\n        name="a">\n\t\t<b>  inside  </b>'
    slim = app.jinja_env.extensions[Unindented.identifier].preprocess(source, "page.html")
    assert app.jinja_env.from_string(slim).render() == '<input\nchecked name="a">\n <b>  inside  </b>'
    assert slim.count("\n") == source.count("\n"), "errors name the line"
    assert app.jinja_env.extensions[Unindented.identifier].preprocess(source, "mail.txt") == source
