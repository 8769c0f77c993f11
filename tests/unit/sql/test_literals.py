"""Literals are found where PostgreSQL would see them, and lifted in a closed list of
places."""

from __future__ import annotations

import pytest

from queryleaf_dbapi.sql.literals import lift, lifted_places, literals_of
from queryleaf_dbapi.sql.parse import parse


@pytest.mark.parametrize(
    ("sql", "kinds", "texts"),
    [
        ("SELECT a FROM t WHERE id = 5", "i", ("5",)),
        ("a = 5 AND b='it''s'", "is", ("5", "it's")),
        ("a IN (1,2.50, 3000000000)", "inb", ("1", "2.50", "3000000000")),
        ("a = $1  AND t1.b2 = 7", "i", ("7",)),
        ('"a 5" = 6', "i", ("6",)),
        ("a = 2147483648 OR a = 1", "i", ("1",)),  # an INTEGER after a minus
        ("a = 99999999999999999999 OR a = 1", "i", ("1",)),
        ("a = 1e5 OR a = .5 OR a = 5. OR a = 0x1F OR a = 3", "i", ("3",)),
        ("a = -5", "i", ("5",)),
    ],
)
def test_literals_are_found(sql: str, kinds: str, texts: tuple[str, ...]) -> None:
    found = literals_of(sql)
    assert found is not None
    assert (found.kinds, found.texts) == (kinds, texts)
    for start, text in zip(found.starts, texts, strict=True):
        assert sql[start:].startswith(text if text[0].isdigit() else "'")


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT a FROM t",
        "SELECT 5 -- five",
        "SELECT /* 5 */ 5",
        "SELECT $$5$$, 5",
        "SELECT E'a', 5",
        "SELECT U&'a', 5",
        r"SELECT 'a\b', 5",
        "SELECT 5, 'open",
        'SELECT 5, "open',
        "SELECT 5, '\0'",
    ],
)
def test_a_text_this_scan_does_not_read_has_none(sql: str) -> None:
    assert literals_of(sql) is None


@pytest.mark.parametrize(
    ("sql", "lifted"),
    [
        ("SELECT 7, a FROM t WHERE id = 5 ORDER BY 1 LIMIT 3", ["5"]),
        ("SELECT a FROM t WHERE NOT (id < -5 OR 6 >= id)", ["-5", "6"]),
        ("SELECT a FROM t WHERE id BETWEEN 1 AND 2 AND b IN (3, 4)", list("1234")),
        ("SELECT a FROM t JOIN u ON t.id = u.id AND u.b = 5", ["5"]),
        ("INSERT INTO t (a, b) VALUES (1, 'x'), (2 + 3, -4)", ["1", "x", "-4"]),
        ("UPDATE t SET a = 1, b = b + 2 WHERE c = 3", ["1", "3"]),
        ("DELETE FROM t WHERE a = 'x' AND s LIKE 'y%'", ["x"]),
        ("SELECT a FROM t WHERE d = DATE '2024-01-01'", []),
        ("SELECT a FROM t WHERE d = '2024-01-01'::DATE", []),
        ("SELECT a FROM t WHERE d > d - INTERVAL '1 day'", []),
        ("SELECT a FROM t WHERE a + 1 = 2", []),
        ("SELECT a FROM t WHERE 1 = 2", []),
        ("SELECT a FROM t WHERE j ->> 'x' = 'y'", []),
        ("SELECT a FROM t WHERE (a = 1) = TRUE", []),
        ("SELECT a = 1 FROM t GROUP BY a = 1 HAVING a = 1", []),
        ("SELECT CASE a WHEN 1 THEN 2 END FROM t", []),
        ("SELECT COUNT(*) FILTER (WHERE a = 1) FROM t", []),
        ("SELECT a FROM (VALUES (1), (2)) v(a)", []),
    ],
)
def test_places_of_a_closed_list_are_lifted(sql: str, lifted: list[str]) -> None:
    literals = literals_of(sql)
    assert literals is not None
    tree = parse(sql)
    places = lifted_places(tree, literals)
    found = [("-" if p.sign < 0 else "") + literals.texts[p.index] for p in places]
    assert sorted(found) == sorted(lifted)
    if lifted:
        shown = lift(tree, literals, 3).sql()  # type: ignore[arg-type]
        assert all(f"{3 + i}" in shown for i in range(len(lifted)))
        assert tree.sql() != shown  # type: ignore[union-attr]
