"""Placeholders are numbered where PostgreSQL would see them, and nowhere else."""

from __future__ import annotations

import re
import timeit
from collections import ChainMap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queryleaf_dbapi.errors import ProgrammingError
from queryleaf_dbapi.sql.parameters import (
    NumberedSql,
    arrange_values,
    number_placeholders,
)


def _unspaced(text: str) -> str:
    """The text without the blank that follows each number."""
    return re.sub(r"(?<!\w)(\$\d+) ", r"\1", text)


@pytest.mark.parametrize(
    ("sql", "text", "names"),
    [
        ("SELECT 1", "SELECT 1", ()),
        ("", "", ()),
        ("a = %s", "a = $1", (None,)),
        ("%s, %s,%s", "$1, $2,$3", (None, None, None)),
        ("a = %(x)s", "a = $1", ("x",)),
        ("%(x)s %(y)s %(x)s", "$1 $2 $1", ("x", "y")),
        ("%(a b)s %(x.y)s", "$1 $2", ("a b", "x.y")),
        ("%s::text", "$1::text", (None,)),
        ("a %% %s", "a % $1", (None,)),
        ("%%s %%(x)s %%%s", "%s %(x)s %$1", (None,)),
        ("a IN (%s,%s)", "a IN ($1,$2)", (None, None)),
        ("a$1 = %s", "a$1 = $1", (None,)),
        ("a - -%s", "a - -$1", (None,)),
    ],
)
def test_placeholders_are_numbered(
    sql: str, text: str, names: tuple[str | None, ...]
) -> None:
    numbered = number_placeholders(sql)
    assert (_unspaced(numbered.text), numbered.names) == (text, names)


@pytest.mark.parametrize(
    "quoted",
    [
        "'%s'",
        "'it''s %s'",
        "'a''%s'",
        "''",
        "'100% $1'",
        r"'a\'",
        r"E'a\'%s'",
        r"e'\\'",
        r"E'it''s \'%s'",
        r"E'\'''%s'",
        "'/* '",
        "'-- '",
        '"%s"',
        '"a ""%s"',
        '"it\'s %(x)s"',
        "$$%s '$$",
        "$tag$ %s $$ %s $ta$ $tag$",
        "$Tag_1$%(x)s$Tag_1$",
        "-- %s isn't\n",
        "-- %(x\n",
        "/* %s isn't */",
        "/* a /* %s */ %s ' */",
        "/* %d **/",
        "/*/ %s */",
    ],
)
def test_quoted_text_is_left_alone(quoted: str) -> None:
    numbered = number_placeholders(f"SELECT {quoted} = %s")
    assert _unspaced(numbered.text) == f"SELECT {quoted} = $1"
    assert numbered.names == (None,)


@pytest.mark.parametrize(
    "open_end",
    ["'%s", "'it''%s", '"%s', "E'\\'%s", "E'\\", "$$%s", "$a$%s$$", "/* /* %s */ %s"],
)
def test_unterminated_quotes_reach_to_the_end(open_end: str) -> None:
    """The parser reports them; here they must only not be misread."""
    assert number_placeholders(f"%s {open_end}") == NumberedSql(
        f"$1  {open_end}", (None,), ((0, 0), (0, 0), (3, 2))
    )


@pytest.mark.parametrize(
    ("sql", "text"),
    [
        ("a LIKE '%%x%%'", "a LIKE '%x%'"),
        ("'%%s'", "'%s'"),
        ("'%%%'", "'%%'"),
        ("'%%%%'", "'%%'"),
        ('"50%%"', '"50%"'),
        ("$$%%$$", "$$%$$"),
        ("/* %% */ -- %%", "/* % */ -- %"),
    ],
)
def test_double_percent_is_one_percent_everywhere(sql: str, text: str) -> None:
    assert _unspaced(number_placeholders(sql).text) == text


def test_an_e_that_ends_a_word_does_not_start_an_escape_literal() -> None:
    r"""`name'a\'`: the backslash ends the literal, so the %s is a placeholder."""
    numbered = number_placeholders(r"SELECT type'a\' , %s")
    assert _unspaced(numbered.text) == r"SELECT type'a\' , $1"
    assert number_placeholders(r"E'a\' , %s").names == ()


@pytest.mark.parametrize(
    ("sql", "message", "line", "column"),
    [
        ("a = %", "incomplete placeholder %; write %%", 1, 5),
        ("a = %(name", "incomplete placeholder %(; write %(name)s", 1, 5),
        ("a = %(name)", "incomplete placeholder %(name); write %(name)s", 1, 5),
        ("a = %()s", "the placeholder %()s has no name", 1, 5),
        ("a = %(n)d", "unknown placeholder %(n)d; write %(n)s", 1, 5),
        ("a = %(n)sx", "unknown placeholder %(n)sx; write %(n)s", 1, 5),
        ("a = %d", "unknown placeholder %d; write %s or %(name)s", 1, 5),
        ("a = %b", "unknown placeholder %b; write %s or %(name)s", 1, 5),
        ("a =\n  b % d", "unknown placeholder % ; write %s", 2, 5),
        ("a %sort", "unknown placeholder %sort; write %s", 1, 3),
        ("LIKE '%%' || %'", "unknown placeholder %'", 1, 14),
        ("%s = %(x)s", "mixed in one statement", 1, 6),
        ("%(x)s = %s", "mixed in one statement", 1, 9),
        ("'$1' = $1", "$1 is not a placeholder here; write %s", 1, 8),
        ("%s = $12", "$12 is not a placeholder here", 1, 6),
    ],
)
def test_what_is_wrong_is_said_with_its_place(
    sql: str, message: str, line: int, column: int
) -> None:
    with pytest.raises(ProgrammingError, match=re.escape(message)) as caught:
        number_placeholders(sql)
    position = caught.value.position
    assert position is not None
    assert (position.line, position.column) == (line, column)


def test_places_lead_back_to_the_original_text() -> None:
    sql = "SELECT 'a%%b', %(first_name)s AS x, c %% 2 FROM t WHERE d = %(z)s AND e"
    numbered = number_placeholders(sql)
    for word in ("SELECT", "AS x", "c %", "2 FROM", "WHERE", "AND e"):
        start = sql.index(word)
        assert numbered.original_offset(numbered.text.index(word)) == start
    assert numbered.original_offset(numbered.text.index("$1")) == sql.index("%(f")
    assert numbered.original_offset(numbered.text.index("$2")) == sql.index("%(z")
    assert numbered.original_offset(len(numbered.text)) == len(sql)


def test_a_number_longer_than_its_placeholder_stays_inside_it() -> None:
    sql = ",".join(["%s"] * 12) + " x"
    numbered = number_placeholders(sql)
    tenth = numbered.text.index("$10")
    found = [numbered.original_offset(tenth + i) for i in range(5)]
    assert found == [27, 28, 28, 28, 29]
    assert numbered.original_offset(len(numbered.text) - 1) == len(sql) - 1


_PIECES = st.sampled_from(
    ["%s", "%%", "'", "''", '"', "$$", "$a$", "--", "\n", "/*", "*/", "E'", "\\", " a "]
)


@given(st.lists(_PIECES, max_size=30).map("".join))
def test_any_text_is_numbered_or_refused(sql: str) -> None:
    """Text outside replacements survives, and every offset is inside the original."""
    try:
        numbered = number_placeholders(sql)
    except ProgrammingError:
        return
    back = [numbered.original_offset(i) for i in range(len(numbered.text) + 1)]
    assert back == sorted(back)
    assert back[-1] == len(sql)
    for offset, original in zip(range(len(numbered.text)), back, strict=False):
        if numbered.text[offset] not in "$% " and not numbered.text[offset].isdigit():
            assert numbered.text[offset] == sql[original]


def test_long_unbalanced_text_is_scanned_in_linear_time() -> None:
    for piece in ("'", "''", "$a", "/*", "%%", "E'\\", "$$ $a$"):
        number_placeholders(piece * 50_000)


@pytest.mark.parametrize(
    ("sql", "parameters", "values"),
    [
        ("SELECT 1", (), ()),
        ("SELECT 1", [], ()),
        ("SELECT 1", {}, ()),
        ("SELECT 1", {"unused": 1}, ()),
        ("%s %s", (1, "a"), (1, "a")),
        ("%s %s", [None, [1]], (None, [1])),
        ("%(b)s %(a)s %(b)s", {"a": 1, "b": 2, "c": 3}, (2, 1)),
        ("%(b)s", ChainMap({}, {"b": 2}), (2,)),
    ],
)
def test_values_are_put_in_order(
    sql: str, parameters: object, values: tuple[object, ...]
) -> None:
    assert arrange_values(number_placeholders(sql), parameters) == values


@pytest.mark.parametrize(
    ("sql", "parameters", "message"),
    [
        ("%s %s", (1, 2, 3), "has 2 placeholders, 3 values were given"),
        ("%s %s", (1,), "has 2 placeholders, 1 value was given"),
        ("%s", (), "has 1 placeholder, 0 values were given"),
        ("SELECT 1", (1,), "has 0 placeholders, 1 value was given"),
        ("%(a)s %(b)s", {"a": 1}, "no value was given for the placeholder %(b)s"),
        ("%(a)s", (1,), "named placeholders such as %(a)s: give a mapping"),
        ("%s", {"a": 1}, "has %s placeholders: give a sequence, not a mapping"),
        ("%s", "a", "a sequence or a mapping, not str; write (value,)"),
        ("%s", b"a", "a sequence or a mapping, not bytes"),
        ("%s", 5, "a sequence or a mapping, not int"),
        ("%s", {1}, "a sequence or a mapping, not set"),
    ],
)
def test_values_that_do_not_fit_are_refused(
    sql: str, parameters: object, message: str
) -> None:
    with pytest.raises(ProgrammingError, match=re.escape(message)):
        arrange_values(number_placeholders(sql), parameters)


def test_numbering_is_fast() -> None:
    """Under 20 us on an idle machine; the bound leaves room for a busy one."""
    sql = (
        "SELECT p.id, p.name, count(*) AS n FROM people AS p JOIN orders AS o "
        "ON o.person_id = p.id WHERE p.age > %(age)s AND p.name LIKE 'A%%' "
        "AND o.state = %(state)s GROUP BY p.id, p.name ORDER BY n LIMIT %(limit)s"
    )
    best = min(timeit.repeat(lambda: number_placeholders(sql), number=200, repeat=20))
    assert best / 200 < 60e-6
