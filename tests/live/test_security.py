"""Attacks: every one reads and changes nothing it should not, on a real server.

The numbers are those of the list of attack inputs in the project's operations notes:
A operator injection by parameter, B texts that become expressions, C names,
D namespaces, E patterns and sizes. Each is shown to work against a hand-written
pymongo program; here a value stays a value.
"""

from __future__ import annotations

import pickle
import re
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from bson import Code, DBRef, Regex
from bson.son import SON

import queryleaf_dbapi
from queryleaf_dbapi import errors
from tests.conftest import close_quietly, random_database, uri_of_database

SECRET = "hunter2-secret"


def fill(connection: Any, mongo_client: Any) -> None:
    """A declared table `users`, an undeclared collection `logins`: with secrets."""
    connection.execute(
        "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, pw TEXT, n INTEGER, "
        "doc JSONB)"
    )
    connection.execute(
        "INSERT INTO users (id, name, pw, n) VALUES "
        f"(1, 'ada', '{SECRET}', 1), (2, 'bob', 'x', NULL), (3, '$pw', '$name', 0)"
    )
    mongo_client[connection.database]["logins"].insert_many(
        [
            {"_id": 1, "name": "ada", "pw": SECRET, "extra": 1},
            {"_id": 2, "name": "bob", "pw": "x", "extra": {"a": 1}},
            {"_id": 3, "name": 5, "pw": None},
        ]
    )


@pytest.fixture
def users(connect: Callable[..., Any], mongo_client: Any) -> Any:
    """A connection to a database of its own."""
    connection = connect(autocommit=True)
    fill(connection, mongo_client)
    return connection


@pytest.fixture(scope="module")
def readers(server_uri: str, mongo_client: Any) -> Iterator[Any]:
    """A connection to a database that the tests only read."""
    name = random_database()
    connection = queryleaf_dbapi.connect(
        uri_of_database(server_uri, name), autocommit=True
    )
    fill(connection, mongo_client)
    yield connection
    close_quietly(connection)
    mongo_client.drop_database(name)


def attempt(connection: Any, sql: str, parameters: Any) -> list[tuple[Any, ...]]:
    """The rows, or none where the statement is refused by one of our errors."""
    try:
        cursor = connection.execute(sql, parameters)
    except (errors.ProgrammingError, errors.DataError, errors.NotSupportedError):
        return []
    return [] if cursor.description is None else list(cursor.fetchall())


def stored(mongo_client: Any, connection: Any, collection: str = "users") -> list[Any]:
    found = mongo_client[connection.database][collection].find({}, sort=[("_id", 1)])
    return list(found)


# --- A: operator injection by parameter

OPERATORS: dict[str, Any] = {
    "1 $gt": {"$gt": ""},
    "2 $ne": {"$ne": None},
    "3 $regex": {"$regex": "^hunter"},
    "4 $in": {"$in": [SECRET, "x"]},
    "6 $where": {"$where": "return true"},
    "7 $expr": {"$expr": {"$eq": [1, 1]}},
    "$not": {"$not": {"$eq": 1}},
    "$exists": {"$exists": True},
    "$literal": {"$literal": SECRET},
    "ordered": SON([("$gt", "")]),
    "list": [{"$gt": ""}],
}
PATTERNS: dict[str, Any] = {
    "5 re.Pattern": re.compile("^hunter"),
    "5 Regex": Regex("^hunter"),
    "Code": Code("return true"),
    "DBRef": DBRef("users", 1),
}
CONDITIONS = [
    "pw = %s",
    "pw IN (%s, 'nobody')",
    "pw LIKE %s",
    "pw ILIKE %s",
    "pw BETWEEN %s AND %s",
    "pw IS NOT DISTINCT FROM %s",
    "COALESCE(pw, '') = %s",
    "pw = ANY (SELECT %s)",
    "NOT (pw <> %s)",
]


@pytest.mark.parametrize("condition", CONDITIONS)
@pytest.mark.parametrize("value", OPERATORS.values(), ids=OPERATORS)
@pytest.mark.parametrize("table", ["users", "logins"])
def test_an_operator_is_a_value(
    readers: Any, table: str, value: Any, condition: str
) -> None:
    parameters = [value] * condition.count("%s")
    assert (
        attempt(readers, f"SELECT name FROM {table} WHERE {condition}", parameters)
        == []
    )


@pytest.mark.parametrize("condition", [*CONDITIONS, "pw <> %s", "pw NOT IN (%s)"])
@pytest.mark.parametrize("value", PATTERNS.values(), ids=PATTERNS)
@pytest.mark.parametrize("table", ["users", "logins"])
def test_patterns_and_code_are_refused(
    readers: Any, table: str, value: Any, condition: str
) -> None:
    parameters = [value] * condition.count("%s")
    with pytest.raises(errors.Error):
        readers.execute(f"SELECT name FROM {table} WHERE {condition}", parameters)


@pytest.mark.parametrize("value", PATTERNS.values(), ids=PATTERNS)
@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO logins (_id, pw) VALUES (9, %s)",
        "UPDATE logins SET pw = %s",
        "SELECT %s",
    ],
)
def test_patterns_and_code_are_not_stored(
    users: Any, mongo_client: Any, value: Any, sql: str
) -> None:
    before = stored(mongo_client, users, "logins")
    with pytest.raises((errors.DataError, errors.ProgrammingError)):
        users.execute(sql, [value])
    assert stored(mongo_client, users, "logins") == before


@pytest.mark.parametrize("value", OPERATORS.values(), ids=OPERATORS)
def test_an_operator_does_not_widen_update_and_delete(
    users: Any, mongo_client: Any, value: Any
) -> None:
    before = stored(mongo_client, users, "logins")
    attempt(users, "UPDATE logins SET extra = 0 WHERE pw = %s", [value])
    attempt(users, "DELETE FROM logins WHERE pw = %s", [value])
    assert stored(mongo_client, users, "logins") == before


def test_not_equal_to_an_operator_is_an_ordinary_comparison(users: Any) -> None:
    """A document equals no text, so `<>` is TRUE where pw is not NULL."""
    sql = "SELECT _id FROM logins WHERE extra <> %s ORDER BY _id"
    assert attempt(users, sql, [{"$gt": 0}]) == [(1,), (2,)]


# --- B: texts that become expressions

TEXTS = [
    "$pw",
    "$$ROOT",
    "$$NOW",
    "$",
    "$$",
    "$name",
    "$users.pw",
    "{'$gt': 1}",
    "$a.b",
]


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_stays_a_text_when_it_is_read(readers: Any, text: str) -> None:
    quoted = "'" + text.replace("'", "''") + "'"
    for expression in (
        "{}",
        "COALESCE(NULL, {})",
        "CASE WHEN n IS NULL THEN {} ELSE {} END",
        "CONCAT({}, '')",
        "CAST({} AS TEXT)",
        "MAX({})",
        "MIN(CASE WHEN id = 1 THEN {} END)",
    ):
        count = expression.count("{}")
        written = expression.format(*[quoted] * count)
        found = readers.execute(f"SELECT {written} FROM users WHERE id = 1").fetchall()
        assert found == [(text,)], expression
        given = expression.format(*["%s"] * count)
        sql = f"SELECT {given} FROM users WHERE id = 1"
        assert readers.execute(sql, [text] * count).fetchall() == [(text,)], expression


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("kind", ["parameter", "literal"])
def test_a_text_stays_a_text_when_it_is_written(
    users: Any, mongo_client: Any, text: str, kind: str
) -> None:
    mark = "%s" if kind == "parameter" else "'" + text.replace("'", "''") + "'"

    def execute(sql: str) -> None:
        sql = sql.replace("?", mark)
        users.execute(sql, [text] * sql.count("%s") if kind == "parameter" else None)

    execute("UPDATE users SET name = ? WHERE id = 1")
    execute("UPDATE users SET name = COALESCE(NULL, ?) WHERE id = 2")
    execute("UPDATE users SET name = CASE WHEN id = 3 THEN ? ELSE pw END WHERE id = 3")
    execute("INSERT INTO users (id, name) VALUES (4, ?)")
    execute("INSERT INTO users (id, name) SELECT id + 4, ? FROM users WHERE id = 1")
    found = stored(mongo_client, users)
    assert [each["name"] for each in found] == [text] * 5


def test_equal_texts_that_look_like_fields(readers: Any) -> None:
    """11: '$a' = '$a' in $expr is true for all documents when not quoted."""
    sql = "SELECT id FROM users WHERE CASE WHEN %s = %s THEN 1 ELSE 0 END = 1"
    assert readers.execute(sql, ["$name", "$pw"]).fetchall() == []
    sql = "SELECT id FROM users WHERE CASE WHEN pw = %s THEN 1 ELSE 0 END = 1"
    assert readers.execute(sql, ["$pw"]).fetchall() == []
    assert readers.execute(sql, ["$name"]).fetchall() == [(3,)]
    sql = "SELECT id FROM users WHERE UPPER(name) = UPPER(%s)"
    assert readers.execute(sql, ["$pw"]).fetchall() == [(3,)]


DOCUMENTS: list[Any] = [
    {"$function": {"body": "function() { return 1 }", "args": [], "lang": "js"}},
    {"a": {"$add": [1, 1]}},
    {"$literal": 1},
    {"a": "$pw", "b": ["$$ROOT", {"$eq": 1}]},
    {"a.b": 1, "": 2, "__proto__": {"x": 1}},
    ["$pw", {"$gt": 1}],
]


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_a_document_is_stored_and_read_as_it_is(
    users: Any, mongo_client: Any, document: Any
) -> None:
    """12, 13, 21: no operator in it runs, in an INSERT, an UPDATE or a SELECT."""
    users.execute("UPDATE users SET doc = %s WHERE id = 1", [document])
    users.execute("INSERT INTO users (id, doc) VALUES (4, %s)", [document])
    users.execute("INSERT INTO logins (_id, extra) VALUES (4, %s)", [document])
    users.execute(
        "UPDATE logins SET extra = %s, pw = CONCAT(pw, '') WHERE _id = 1", [document]
    )
    docs = [each.get("doc") for each in stored(mongo_client, users)]
    assert docs == [document, None, None, document]
    extras = {
        each["_id"]: each.get("extra") for each in stored(mongo_client, users, "logins")
    }
    assert extras[4] == extras[1] == document
    assert users.execute("SELECT doc FROM users WHERE id = 4").fetchall() == [
        (document,)
    ]
    assert users.execute("SELECT %s", [document]).fetchall() == [(document,)]
    sql = "SELECT _id FROM logins WHERE extra = %s ORDER BY _id"
    assert users.execute(sql, [document]).fetchall() == [(1,), (4,)]


@pytest.mark.parametrize("value", [0, 1, True, False, 1.0, None, "1"])
def test_a_constant_is_no_include_flag(readers: Any, value: Any) -> None:
    """14: {"$project": {"x": 0}} leaves x out."""
    sql = "SELECT %s, id FROM users WHERE id = 1"
    found = readers.execute(sql, [value]).fetchall()
    assert found == [(value, 1)]
    assert type(found[0][0]) is type(value)


def test_a_label_does_not_read_the_document(readers: Any) -> None:
    """9: a text as a GROUP BY label and as a column name."""
    sql = "SELECT '$$ROOT' AS label, COUNT(*) FROM users GROUP BY label"
    assert readers.execute(sql).fetchall() == [("$$ROOT", 3)]
    sql = "SELECT %s AS label, COUNT(*) FROM users GROUP BY 1"
    assert readers.execute(sql, ["$pw"]).fetchall() == [("$pw", 3)]
    sql = "SELECT STRING_AGG(name, '$pw') FROM users WHERE id < 3"
    assert readers.execute(sql).fetchall() == [("ada$pwbob",)]


# --- C: names


@pytest.mark.parametrize(
    "alias", ["$x", "$$ROOT", "a.b", "__proto__", "_id", "$pw.x", "é"]
)
def test_any_name_may_be_an_alias(readers: Any, alias: str) -> None:
    """20: the name is the client's affair."""
    for sql in (
        'SELECT pw AS "{}", n + 1 AS "{}" FROM users WHERE id = 1',
        'SELECT "{}", n + 1 FROM (SELECT pw AS "{}", n FROM users WHERE id = 1) q',
        'SELECT MAX(pw) AS "{}", 2 AS "{}" FROM users WHERE id = 1 GROUP BY id',
    ):
        cursor = readers.execute(sql.format(alias, alias))
        assert cursor.fetchall() == [(SECRET, 2)], sql
        assert cursor.description[0][0] == alias
    found = readers.execute(f'SELECT "{alias}".pw FROM users "{alias}" WHERE id = 1')
    assert found.fetchall() == [(SECRET,)]
    sql = f'WITH "{alias}" AS (SELECT id, pw FROM users) SELECT * FROM "{alias}" '
    assert readers.execute(sql + "WHERE id = 2").fetchall() == [(2, "x")]


@pytest.mark.parametrize("name", ["$evil", "a\0b", ""])
def test_a_name_mongodb_cannot_hold_is_refused(users: Any, name: str) -> None:
    """15, 17, 18: as a column of CREATE TABLE, ALTER TABLE and INSERT."""
    for sql in (
        f'CREATE TABLE evil (id INTEGER, "{name}" INTEGER)',
        f'ALTER TABLE users ADD COLUMN "{name}" INTEGER',
        f'INSERT INTO users (id, "{name}") VALUES (9, 1)',
        f'INSERT INTO logins (_id, "{name}") VALUES (9, 1)',
        f'UPDATE logins SET "{name}" = 1',
        f'CREATE TABLE "{name}" (id INTEGER)',
        f'CREATE INDEX "{name}" ON users (name)' if "$" not in name else "SELECT x",
    ):
        with pytest.raises(errors.Error) as caught:
            users.execute(sql)
        assert not isinstance(caught.value, errors.InternalError), sql


def test_a_dotted_column_does_not_write_into_a_document(
    users: Any, mongo_client: Any
) -> None:
    """16: either refused, or one field of that very name; never a nested one."""
    for sql in (
        'INSERT INTO logins (_id, "a.b") VALUES (9, 1)',
        'UPDATE logins SET "a.b" = 1 WHERE _id = 1',
        'ALTER TABLE users ADD COLUMN "a.b" INTEGER',
    ):
        attempt(users, sql, None)
    for each in stored(mongo_client, users, "logins"):
        assert "a" not in each


def test_the_key_cannot_be_rewritten(users: Any, mongo_client: Any) -> None:
    """19: UPDATE of _id fails and changes nothing."""
    before = stored(mongo_client, users, "logins")
    with pytest.raises(errors.Error) as caught:
        users.execute("UPDATE logins SET _id = 77 WHERE _id = 1")
    assert not isinstance(caught.value, errors.InternalError)
    assert stored(mongo_client, users, "logins") == before


# --- D: namespaces

FORBIDDEN = [
    '"system.users"',
    '"system.js"',
    '"system.views"',
    '"system.profile"',
    'admin."system.users"',
    "admin.anything",
    'local."oplog.rs"',
    "local.anything",
    "config.settings",
    '"a$b"',
    '"a\0b"',
]


@pytest.mark.parametrize("name", FORBIDDEN)
def test_a_system_namespace_is_not_writable(users: Any, name: str) -> None:
    """22-24."""
    for sql in (
        f"INSERT INTO {name} (_id) VALUES ('queryleaf')",
        f"INSERT INTO {name} SELECT id AS _id FROM users",
        f"UPDATE {name} SET x = 1",
        f"DELETE FROM {name}",
        f"CREATE TABLE {name} (id INTEGER)",
        f"DROP TABLE {name}",
        f"TRUNCATE TABLE {name}",
        f"CREATE INDEX i ON {name} (x)",
        f"ALTER TABLE {name} ADD COLUMN x INTEGER",
        f"ALTER TABLE users RENAME TO {name}",
    ):
        with pytest.raises(errors.Error) as caught:
            users.execute(sql)
        assert isinstance(
            caught.value, (errors.ProgrammingError, errors.NotSupportedError)
        ), (sql, caught.value)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1; DROP TABLE users",
        "SELECT 1;; DELETE FROM users",
        "SELECT name FROM users WHERE name = '' OR 1=1; DELETE FROM users -- '",
        "DELETE FROM users WHERE id = 99; DELETE FROM users",
        "/* x */ SELECT 1 /* ; */ ; TRUNCATE TABLE users",
        "COMMIT; DROP TABLE users",
        "EXPLAIN SELECT 1; DELETE FROM users",
        "SET x = 1; DELETE FROM users",
    ],
)
def test_stacked_statements_are_refused(
    users: Any, mongo_client: Any, sql: str
) -> None:
    """26: one statement per execute()."""
    with pytest.raises((errors.ProgrammingError, errors.NotSupportedError)):
        users.execute(sql)
    assert len(stored(mongo_client, users)) == 3


@pytest.mark.parametrize(
    "text", ["'; DROP TABLE users; --", "\\'; --", "%s", "%(x)s", "/*", "--"]
)
def test_a_parameter_never_becomes_sql(
    users: Any, mongo_client: Any, text: str
) -> None:
    users.execute("UPDATE users SET name = %s WHERE id = 1", [text])
    sql = "SELECT id FROM users WHERE name = %(name)s"
    assert users.execute(sql, {"name": text}).fetchall() == [(1,)]
    assert len(stored(mongo_client, users)) == 3


# --- E: patterns and sizes


def test_like_cannot_backtrack(users: Any, mongo_client: Any) -> None:
    """27: greedy patterns silently lose the row at the server's match limit."""
    text = "a" * 400 + "cb"
    users.execute("UPDATE users SET name = %s WHERE id = 1", [text])
    for pattern in ("%a%a%c%b", "%a%a%a%a%a%a%c%b", "%" + "a%" * 40 + "b"):
        sql = "SELECT id FROM users WHERE name LIKE %s"
        assert users.execute(sql, [pattern]).fetchall() == [(1,)]
        assert users.execute(sql.replace("%s", f"'{pattern}'")).fetchall() == [(1,)]
        hidden = "SELECT id, name LIKE %s FROM users WHERE id = 1"
        assert users.execute(hidden, [pattern]).fetchall() == [(1, True)]
    sql = "SELECT id FROM users WHERE name LIKE %s"
    assert users.execute(sql, ["%a%a%a%a%a%a%c%bx"]).fetchall() == []


@pytest.mark.parametrize(
    "text",
    ["a.c", "a(c", "a[c", "a\\c", "a\nc", "ac\n", "a$c", "a^c", "a|c", "a c", "é"],
)
def test_like_knows_no_regular_expressions(users: Any, text: str) -> None:
    """28: every character but % and _ means itself, a newline too."""
    users.execute("UPDATE users SET name = %s WHERE id = 1", [text])
    pattern = text.replace("\\", "\\\\")
    for form in ("name LIKE %s", "CASE WHEN name LIKE %s THEN 1 END = 1"):
        sql = f"SELECT id FROM users WHERE {form}"
        assert users.execute(sql, [pattern]).fetchall() == [(1,)], form
        assert users.execute(sql, ["_" * len(text)]).fetchall()[:1] == [(1,)], form
        if len(text) > 1:
            assert users.execute(sql, ["%" + pattern[1:]]).fetchall() == [(1,)], form
        assert users.execute(sql, ["axc"]).fetchall() == []
    assert users.execute("SELECT id FROM users WHERE name LIKE 'ac'").fetchall() == []


def nested(depth: int) -> Any:
    document: Any = 1
    for _ in range(depth):
        document = {"a": document}
    return document


SIZES: dict[str, tuple[str, Any]] = {
    "nesting 200": ("INSERT INTO logins (_id, extra) VALUES (9, %s)", [nested(200)]),
    "nesting 2000": ("INSERT INTO logins (_id, extra) VALUES (9, %s)", [nested(2000)]),
    "17 MB": ("INSERT INTO logins (_id, extra) VALUES (9, %s)", ["x" * 17_000_000]),
    "17 MB compared": ("SELECT _id FROM logins WHERE pw = %s", ["x" * 17_000_000]),
    "2^63": ("INSERT INTO logins (_id, extra) VALUES (9, %s)", [2**63]),
    "2^63 compared": ("SELECT id FROM users WHERE n = %s", [2**63]),
    "decimal": ("INSERT INTO logins (_id, extra) VALUES (9, %s)", [10**40]),
    "surrogate": ("INSERT INTO logins (_id, extra) VALUES (9, %s)", ["\ud800"]),
    "surrogate compared": ("SELECT _id FROM logins WHERE pw = %s", ["\ud800"]),
    "surrogate key": (
        "INSERT INTO logins (_id, extra) VALUES (9, %s)",
        [{"\ud800": 1}],
    ),
    "NUL key": ("INSERT INTO logins (_id, extra) VALUES (9, %s)", [{"a\0": 1}]),
    "key 1": ("INSERT INTO logins (_id, extra) VALUES (9, %s)", [{1: 1}]),
    "object": ("INSERT INTO logins (_id, extra) VALUES (9, %s)", [object()]),
    "OR depth 3000": (
        "SELECT id FROM users WHERE " + "(" * 3000 + "n = 1" + ")" * 3000,
        None,
    ),
    "NOT depth 400": (
        "SELECT id FROM users WHERE " + "NOT (" * 400 + "n = 1" + ")" * 400,
        None,
    ),
    "-- depth 400": ("SELECT " + "- " * 400 + "n FROM users", None),
    "+ depth 400": ("SELECT " + "(1 + " * 400 + "n" + ")" * 400 + " FROM users", None),
    "pattern": ("SELECT id FROM users WHERE name ~ '('", None),
    "long pattern": ("SELECT id FROM users WHERE name ~ %s", ["a" * 40_000]),
    "LIKE escape": ("SELECT id FROM users WHERE name LIKE 'a\\'", None),
    "long LIKE": ("SELECT id FROM users WHERE name LIKE %s", ["a%" * 40_000]),
    "quote": ("SELECT 'a", None),
}


@pytest.mark.parametrize("case", SIZES.values(), ids=SIZES)
def test_a_limit_is_an_error_of_ours_or_an_answer(
    users: Any, mongo_client: Any, case: tuple[str, Any]
) -> None:
    """29, 30: no raw exception of Python, bson or pymongo; nothing is stored."""
    sql, parameters = case
    before = stored(mongo_client, users, "logins")
    try:
        cursor = users.execute(sql, parameters)
        if cursor.description:
            cursor.fetchall()
    except errors.Error as error:
        assert not isinstance(error, errors.InternalError), error
        assert len(str(error)) < 2000
    if sql.startswith("INSERT"):
        kept = stored(mongo_client, users, "logins")
        assert kept == before or kept[-1]["extra"] == parameters[0]
    assert users.execute("SELECT COUNT(*) FROM users").fetchone() == (3,)


def test_a_long_list_and_a_long_or(users: Any) -> None:
    """31."""
    listed = ", ".join(map(str, range(2, 20_000)))
    sql = f"SELECT id FROM users WHERE id IN ({listed}) ORDER BY id"
    assert users.execute(sql).fetchall() == [(2,), (3,)]
    marks = ", ".join(["%s"] * 5000)
    sql = f"SELECT id FROM users WHERE id IN ({marks}) ORDER BY id"
    assert users.execute(sql, list(range(2, 5002))).fetchall() == [(2,), (3,)]
    alternatives = " OR ".join(f"(id = {i} AND name <> 'x')" for i in range(2, 600))
    sql = f"SELECT id FROM users WHERE {alternatives} ORDER BY id"
    assert users.execute(sql).fetchall() == [(2,), (3,)]


# --- secrets

URI = "mongodb://ada:p%40ssw0rd@127.0.0.1:1/db?serverSelectionTimeoutMS=200&connectTimeoutMS=200"


def everything_about(error: BaseException) -> str:
    return "".join(traceback.format_exception(error)) + repr(error) + str(error)


@pytest.mark.parametrize(
    "uri",
    [
        URI,
        URI.replace("/db?", "/?"),
        URI.replace("127.0.0.1:1", "127.0.0.1:99999"),
        URI.replace("mongodb://ada:p%40ssw0rd", "mongodb://ada:p@ssw0rd"),
        URI + "&nonsense=1&authMechanism=NOPE",
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_a_password_is_in_no_error(uri: str) -> None:
    """32: neither in the message nor in the traceback of its causes."""
    with pytest.raises(errors.Error) as caught:
        queryleaf_dbapi.connect(uri, timeout_ms=500)
    text = str(caught.value) + repr(caught.value)
    text += "".join(map(str, _causes(caught.value)))
    assert "p@ssw0rd" not in text
    assert "p%40ssw0rd" not in text
    assert "ssw0rd" not in pickle.loads(pickle.dumps(caught.value)).args[0]


def _causes(error: BaseException | None) -> Iterator[str]:
    while error is not None:
        yield f"{error!r} {error}"
        error = error.__cause__ or (
            None if error.__suppress_context__ else error.__context__
        )


def test_no_value_is_in_an_error_or_a_repr(users: Any) -> None:
    """The data of the statement stays out of what is logged."""
    assert "ssw0rd" not in repr(users)
    failing = [
        ("INSERT INTO users (id, name) VALUES (1, %s)", [SECRET]),
        ("UPDATE users SET n = 1 / 0 WHERE pw = %s", [SECRET]),
        ("SELECT CAST(%s AS INTEGER)", [SECRET]),
        ("SELECT CAST(pw AS INTEGER) FROM users", None),
        ("INSERT INTO users (id, n) VALUES (9, %s)", [SECRET]),
        ("SELECT id FROM users WHERE n = %s", [SECRET]),
        ("SELECT 1 / n FROM users WHERE pw = %s OR id = 3", [SECRET]),
    ]
    for sql, parameters in failing:
        with pytest.raises(errors.Error) as caught:
            users.execute(sql, parameters).fetchall()
        assert SECRET not in str(caught.value), sql
        assert SECRET not in repr(caught.value), sql
