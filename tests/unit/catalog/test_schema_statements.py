"""Schema statements: bound, refused, and lowered; nothing runs."""

from __future__ import annotations

from typing import Any

import pytest
import sqlglot

from queryleaf_dbapi import errors
from queryleaf_dbapi.bind.schema_statements import bind_schema_statement
from queryleaf_dbapi.catalog.catalog import Collection, Field, ForeignKey, Key
from queryleaf_dbapi.catalog.changes import TableCreation
from queryleaf_dbapi.catalog.names import did_you_mean, match_name
from queryleaf_dbapi.lower.schema import lower_schema_statement
from queryleaf_dbapi.lower.schema_validator import ExpressionCompiler
from queryleaf_dbapi.plan import schema_statements as plan
from queryleaf_dbapi.sql.parse import parse
from queryleaf_dbapi.types import INTEGER, JSONB, OBJECTID, TEXT, TIMESTAMP

T = Collection(
    "t",
    "d",
    (Field("a", INTEGER, False), Field("b", TEXT), Field("j", JSONB)),
    closed=True,
    primary_key=Key("t_pkey", ("a",)),
)
OPEN = Collection(
    "o", "d", (Field("_id", OBJECTID), Field("x", INTEGER), Field("at", TIMESTAMP))
)
VIEW = Collection("v", "d", (), is_view=True)


class Catalog:
    def collection(self, name: str, database: str | None = None) -> Collection | None:
        return {"t": T, "o": OPEN, "v": VIEW}.get(name)

    def names(self) -> list[str]:
        return ["t", "o", "v"]


def bind(sql: str) -> plan.SchemaStatement:
    tree = parse(sql)
    assert isinstance(tree, sqlglot.exp.Expression)
    return bind_schema_statement(tree, sql, Catalog(), "d")


def table(definition: str) -> Collection:
    statement = bind(f"CREATE TABLE x ({definition})")
    assert isinstance(statement, plan.CreateTable)
    return statement.table


def validator(definition: str) -> Any:
    compiler = ExpressionCompiler(lambda _, sql: {"check": sql}, *[lambda *_: None] * 3)
    change = lower_schema_statement(bind(f"CREATE TABLE x ({definition})"), compiler)
    assert isinstance(change, TableCreation)
    return change.validator


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("INT", "INTEGER"),
        ("int2", "SMALLINT"),
        ("BIGINT", "BIGINT"),
        ("REAL", "REAL"),
        ("FLOAT", "DOUBLE PRECISION"),
        ("FLOAT(24)", "REAL"),
        ("FLOAT(25)", "DOUBLE PRECISION"),
        ("DOUBLE PRECISION", "DOUBLE PRECISION"),
        ("NUMERIC", "NUMERIC"),
        ("DECIMAL(10, 2)", "NUMERIC(10, 2)"),
        ("CHARACTER VARYING(5)", "VARCHAR(5)"),
        ("VARCHAR", "VARCHAR"),
        ("CHAR", "CHAR(1)"),
        ("CHAR(3)", "CHAR(3)"),
        ("TEXT", "TEXT"),
        ("BOOL", "BOOLEAN"),
        ("BYTEA", "BYTEA"),
        ("DATE", "DATE"),
        ("TIME", "TIME"),
        ("TIMESTAMP(6)", "TIMESTAMP"),
        ("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ"),
        ("INTERVAL", "INTERVAL"),
        ("UUID", "UUID"),
        ("JSON", "JSON"),
        ("JSONB", "JSONB"),
        ("OBJECTID", "OBJECTID"),
        ("INT[]", "INTEGER[]"),
        ("VARCHAR(3)[]", "VARCHAR(3)[]"),
        ("TEXT[][]", "TEXT[][]"),
    ],
)
def test_types(written: str, expected: str) -> None:
    assert str(table(f"c {written}").fields[0].type) == expected


def test_a_primary_key_is_not_null_and_counts_only_when_serial() -> None:
    found = table(
        "a INTEGER PRIMARY KEY, b SERIAL, c BIGINT GENERATED ALWAYS AS IDENTITY"
    )
    assert [(e.nullable, e.sequence, e.generated_always) for e in found.fields] == [
        (False, None, False),
        (False, "x.b", False),
        (False, "x.c", True),
    ]
    assert found.primary_key == Key("x_pkey", ("a",))


def test_defaults_are_kept_as_text() -> None:
    found = table("a TEXT DEFAULT 'it''s', b INT DEFAULT 1 + 2, c INT DEFAULT NULL")
    assert [each.default for each in found.fields] == ["'it''s'", "1 + 2", None]


def test_names_of_constraints_are_postgresqls() -> None:
    found = table(
        "a INT UNIQUE CHECK (a > 0), b INT CHECK (b > 1), c INT REFERENCES t, "
        "PRIMARY KEY (a, b), UNIQUE (a, b), CHECK (x.a < 9), CHECK (a < b), "
        "CONSTRAINT mine CHECK (c = 1), CONSTRAINT u UNIQUE (c, a), "
        "FOREIGN KEY (b) REFERENCES t (a) ON DELETE SET NULL"
    )
    assert found.primary_key == Key("x_pkey", ("a", "b"))
    # UNIQUE over the columns of the primary key is that key
    assert found.unique == (Key("x_a_key", ("a",)), Key("u", ("c", "a")))
    assert [(each.name, each.sql) for each in found.checks] == [
        ("x_a_check", "a > 0"),
        ("x_b_check", "b > 1"),
        ("x_a_check1", "a < 9"),
        ("x_check", "a < b"),
        ("mine", "c = 1"),
    ]
    assert found.foreign_keys == (
        ForeignKey("x_c_fkey", ("c",), "t", ("a",)),
        ForeignKey("x_b_fkey", ("b",), "t", ("a",), "SET NULL"),
    )


def test_the_validator() -> None:
    assert validator(
        "i INT NOT NULL, l BIGINT, s SMALLINT, d FLOAT, n NUMERIC, v VARCHAR(3), "
        "t TIMESTAMP, j JSON, k JSONB NOT NULL, a INT[], u UUID, p INTERVAL"
    ) == {
        "$jsonSchema": {
            "bsonType": "object",
            "properties": {
                "i": {"bsonType": ["int"]},
                "l": {"bsonType": ["int", "long", "null"]},
                "s": {"bsonType": ["int", "null"], "minimum": -32768, "maximum": 32767},
                "d": {"bsonType": ["double", "null"]},
                "n": {"bsonType": ["decimal", "null"]},
                "v": {"bsonType": ["string", "null"], "maxLength": 3},
                "t": {"bsonType": ["date", "null"]},
                "j": {},
                "k": {"not": {"bsonType": "null"}},
                "a": {
                    "bsonType": ["array", "null"],
                    "items": {"bsonType": ["int", "null", "array"]},
                },
                "u": {"bsonType": ["binData", "null"]},
                "p": {"bsonType": ["object", "null"]},
            },
            "required": ["i", "k"],
        }
    }


def test_checks_stand_behind_the_schema_in_order() -> None:
    clauses = validator("a INT CHECK (a > 0), b INT CHECK (b > 0)")["$and"]
    assert clauses[1:] == [
        {"$expr": {"check": "a > 0"}},
        {"$expr": {"check": "b > 0"}},
    ]


REFUSED = [
    ("CREATE TEMP TABLE x (a INT)", "TEMPORARY"),
    ("CREATE TABLE x (a INT) WITH (fillfactor = 70)", "WITH"),
    ("CREATE TABLE x (a INT) PARTITION BY RANGE (a)", "PARTITION BY"),
    ("CREATE TABLE x (a INT) INHERITS (t)", "INHERITS"),
    ("CREATE TABLE x (LIKE o)", "LIKE"),
    ("CREATE TABLE x AS SELECT 1", "AS SELECT"),
    ("CREATE TABLE x.y.z (a INT)", "three parts"),
    ('CREATE TABLE x (a TEXT COLLATE "C")', "COLLATE"),
    ("CREATE TABLE x (a INT, b INT GENERATED ALWAYS AS (a + 1) VIRTUAL)", "not STORED"),
    ("CREATE TABLE x (a INT, UNIQUE (a) INCLUDE (a))", "INCLUDE"),
    ("CREATE TABLE x (a INT, EXCLUDE USING gist (a WITH =))", "EXCLUDE"),
    ("CREATE TABLE x (a INT, PRIMARY KEY (a) INCLUDE (b))", "INCLUDE"),
    ("CREATE TABLE x (a INT REFERENCES t DEFERRABLE)", "DEFERRABLE"),
    ("CREATE TABLE x (a INT REFERENCES t MATCH FULL)", "MATCH FULL"),
    ("CREATE TABLE x (a INT REFERENCES other.t)", "another database"),
    ("CREATE TABLE x (a INT, b INT DEFAULT a)", "DEFAULT"),
    ("CREATE TABLE x (a INT CHECK (a IN (SELECT 1)))", "subquery"),
    ("CREATE TABLE x (a NUMERIC(40))", "34 digits"),
    ("CREATE TABLE x (a TIMESTAMP(0))", "milliseconds"),
    ("CREATE INDEX i ON t (LOWER(b))", "expression"),
    ("CREATE INDEX i ON t (b text_pattern_ops)", "expression"),
    ("CREATE INDEX i ON t USING gin (b)", "USING gin"),
    ("CREATE UNIQUE INDEX i ON t ((j->>'k'))", "UNIQUE over"),
    ("CREATE INDEX i ON t ((j->'a.b'))", "expression"),
    ("CREATE INDEX i ON t USING wildcard (b)", "wildcard over type TEXT"),
    ("CREATE INDEX i ON t USING ttl (b) WITH (expire_after = 5)", "no time"),
    ("CREATE INDEX i ON o USING ttl (at)", "expire_after"),
    ("CREATE INDEX i ON o USING ttl (at) WITH (expire_after = '1 month')", "1 month"),
    ("CREATE INDEX i ON t (a) WITH (fillfactor = 70)", "fillfactor"),
    ("CREATE UNIQUE INDEX i ON t (a) INCLUDE (b)", "INCLUDE"),
    ("CREATE INDEX i ON t (a) TABLESPACE y", "TABLESPACE"),
    ("CREATE INDEX i ON t (a) WHERE a IN (1)", "WHERE"),
    ("CREATE INDEX i ON o (x) WHERE x > 1", "not declared"),
    ("CREATE INDEX i ON t (b.c)", "holds no documents"),
    ("CREATE TEMP VIEW y AS SELECT 1", "TEMPORARY"),
    ("CREATE MATERIALIZED VIEW y AS SELECT 1", "MATERIALIZED"),
    ("CREATE VIEW y AS SELECT a FROM t WHERE a = $1", "parameter"),
    ("CREATE VIEW y AS SELECT a FROM t FOR UPDATE", "FOR UPDATE"),
    ("ALTER TABLE t ADD CONSTRAINT c UNIQUE (b) NOT VALID", "NOT VALID of UNIQUE"),
    ("ALTER TABLE t RENAME a TO c, DROP b", "RENAME beside"),
    ("ALTER TABLE t SET SCHEMA x", "SET SCHEMA in ALTER TABLE"),
    ("ALTER TABLE t ADD UNIQUE USING INDEX i", "ADD UNIQUE in ALTER TABLE"),
    ("CREATE TRIGGER r UPDATE ON t BEGIN SELECT 1; END", "CREATE TRIGGER"),
    ("CREATE OR REPLACE TRIGGER r AFTER UPDATE ON t", "CREATE TRIGGER"),
    ("DROP TRIGGER r", "DROP TRIGGER"),
    ("DROP TRIGGER r ON t", "DROP TRIGGER"),
    ("REINDEX TABLE t", "REINDEX"),
    ("CREATE FUNCTION f() RETURNS INT AS 'x'", "CREATE FUNCTION"),
    ("ALTER TABLE ONLY t ADD c INT", "ONLY"),
    ("ALTER TABLE t ADD c SERIAL", "SERIAL"),
    ("ALTER TABLE o ADD c INT", "not made by CREATE TABLE"),
    ("TRUNCATE ONLY t", "ONLY"),
    ("COMMENT ON SEQUENCE i IS 'x'", "COMMENT ON SEQUENCE"),
    ("CREATE SEQUENCE s RESTART", "RESTART"),
]


@pytest.mark.parametrize(("sql", "words"), REFUSED)
def test_what_is_not_understood_is_refused_in_its_place(sql: str, words: str) -> None:
    with pytest.raises(errors.FeatureNotSupported, match=words) as caught:
        bind(sql)
    assert caught.value.position is not None


WRONG: list[tuple[str, str, str]] = [
    ("CREATE TABLE x (a INT, a INT)", "42701", "more than once"),
    ("CREATE TABLE x (a INT, A INT)", "42701", "more than once"),
    ("CREATE TABLE x (a INT, PRIMARY KEY (c))", "42703", 'column "c"'),
    ("CREATE TABLE x (a INT CHECK (aa > 1), aaa INT)", "42703", "did you mean"),
    ("CREATE TABLE x (a INT PRIMARY KEY, b INT PRIMARY KEY)", "42P16", "multiple"),
    ("CREATE TABLE x (a mood)", "42704", 'type "mood"'),
    ("CREATE TABLE x (a INT NOT NULL NULL)", "42601", "conflicting"),
    ("CREATE TABLE x (a SERIAL DEFAULT 1)", "42601", "multiple default"),
    ("CREATE TABLE x (a INT REFERENCES nix)", "42P01", '"nix"'),
    ("CREATE TABLE x (a TEXT REFERENCES t (b))", "42830", "no unique constraint"),
    (
        "CREATE TABLE x (a INT CONSTRAINT k UNIQUE CONSTRAINT k CHECK (a > 1))",
        "42710",
        "k",
    ),
    ('CREATE TABLE x ("a.b" INT)', "42000", "dot"),
    ('CREATE TABLE x ("$a" INT)', "42000", "start with"),
    ('CREATE TABLE x ("" INT)', "42000", "empty"),
    ('CREATE TABLE "a$b" (a INT)', "42000", "may not contain"),
    ('CREATE TABLE "system.users" (a INT)', "42501", "system"),
    ("CREATE TABLE queryleaf_catalog (a INT)", "42501", "reserved"),
    ("CREATE TABLE admin.x (a INT)", "42501", "admin"),
    ("DROP TABLE local.x", "42501", "local"),
    ("DROP TABLE v", "42809", "DROP VIEW"),
    ("DROP VIEW t", "42809", "DROP TABLE"),
    ("DROP VIEW nix", "42P01", 'view "nix"'),
    ("CREATE VIEW t AS SELECT 1", "42P07", "already exists"),
    ("CREATE OR REPLACE VIEW t AS SELECT 1", "42809", "not a view"),
    ("CREATE VIEW y (a, b, c) AS SELECT 1, 2", "42601", "more column names"),
    ("CREATE VIEW y AS SELECT a, a FROM t", "42701", "more than once"),
    ("CREATE VIEW y AS SELECT c FROM t", "42703", '"c"'),
    ("CREATE VIEW y AS SELECT c FROM nix", "42P01", '"nix"'),
    ('DROP TABLE "T"', "42P01", 'did you mean "t"'),
    ("CREATE INDEX i ON t (a, a)", "42701", "twice"),
    ("CREATE INDEX i ON t (zz)", "42703", "zz"),
    ("ALTER TABLE t DROP CONSTRAINT t_pky", "42704", 'did you mean "t_pkey"'),
    ("ALTER TABLE t ALTER a DROP NOT NULL", "42P16", "primary key"),
    ("ALTER TABLE t ADD b INT", "42701", "already exists"),
    ("ALTER TABLE t RENAME TO o", "42P07", "already exists"),
]


@pytest.mark.parametrize(("sql", "sqlstate", "words"), WRONG)
def test_what_is_wrong_is_said(sql: str, sqlstate: str, words: str) -> None:
    with pytest.raises(errors.ProgrammingError) as caught:
        bind(sql)
    assert caught.value.sqlstate == sqlstate
    assert words in caught.value.message
    assert caught.value.position is not None


def test_unique_over_an_array_is_refused() -> None:
    with pytest.raises(errors.FeatureNotSupported, match="elements"):
        validator("a INT[] UNIQUE")


def test_index_keys_are_paths() -> None:
    statement = bind("CREATE UNIQUE INDEX ON t (A DESC, t.b, j.c.d) WHERE 3 < a")
    assert isinstance(statement, plan.CreateIndex)
    assert statement.index.name == "t_a_b_j_c_d_idx"
    assert statement.index.keys == (("a", -1), ("b", 1), ("j.c.d", 1))
    assert statement.where == (plan.IndexCondition("a", ">", 3),)


@pytest.mark.parametrize(
    ("sql", "keys", "seconds"),
    [
        ("CREATE INDEX i ON t ((j->'k'->>'l'))", (("j.k.l", 1),), None),
        ("CREATE INDEX CONCURRENTLY i ON t ((j.k) DESC)", (("j.k", -1),), None),
        ("CREATE UNIQUE INDEX i ON t ((j->'k'))", (("j.k", 1),), None),
        ("CREATE INDEX i ON t USING wildcard (j)", (("j.$**", 1),), None),
        ("CREATE INDEX i ON t USING hashed (a)", (("a", "hashed"),), None),
        (
            "CREATE INDEX i ON o USING ttl (at) WITH (expire_after = '90 days')",
            (("at", 1),),
            7776000,
        ),
        (
            "CREATE INDEX i ON o USING ttl (at) WITH (expire_after = 60)",
            (("at", 1),),
            60,
        ),
    ],
)
def test_kinds_of_indexes(sql: str, keys: Any, seconds: int | None) -> None:
    statement = bind(sql)
    assert isinstance(statement, plan.CreateIndex)
    assert statement.index.keys == keys
    assert statement.index.expire_after_seconds == seconds


def test_if_exists_leaves_nothing_to_do() -> None:
    assert bind("DROP TABLE IF EXISTS nix") == plan.Nothing()
    assert bind("DROP TABLE IF EXISTS nix, T CASCADE") == plan.DropTable((T,), True)
    assert bind("ALTER TABLE IF EXISTS nix ADD c INT") == plan.Nothing()


def test_names_match_in_any_case_unless_quoted() -> None:
    assert match_name("ab", ["Ab", "c"], quoted=False) == "Ab"
    assert match_name("ab", ["Ab", "aB"], quoted=False) is None
    assert match_name("ab", ["Ab", "ab"], quoted=False) == "ab"
    assert match_name("ab", ["Ab"], quoted=True) is None


def test_did_you_mean() -> None:
    assert did_you_mean("peple", ["people", "orders"]) == '; did you mean "people"?'
    assert did_you_mean("zzz", ["people"]) == ""
