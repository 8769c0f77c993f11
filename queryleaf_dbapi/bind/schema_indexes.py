"""CREATE INDEX: keys are paths, not expressions; WHERE is a list of comparisons."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlglot import exp

from queryleaf_dbapi.bind.schema_names import SchemaBinder, free_name
from queryleaf_dbapi.catalog.catalog import Collection, Index
from queryleaf_dbapi.catalog.names import check_index_name, match_name
from queryleaf_dbapi.errors import DuplicateColumn, FeatureNotSupported
from queryleaf_dbapi.plan.schema_statements import (
    CreateIndex,
    IndexCondition,
    RenameIndex,
)
from queryleaf_dbapi.sql.accepted import refuse
from queryleaf_dbapi.types import Family, SqlType

# access method -> what the server calls the key; None: by direction
_METHODS: dict[str, str | None] = {
    "btree": None,
    "hash": "hashed",
    "hashed": "hashed",
    "text": "text",
    "2dsphere": "2dsphere",
    "ttl": None,
    "wildcard": None,
}
_EXPIRY = re.compile(r"\s*(\d+)\s*(second|minute|hour|day|week)s?\s*", re.IGNORECASE)
_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}
_COMPARISONS = {"EQ": "=", "LT": "<", "LTE": "<=", "GT": ">", "GTE": ">="}
_MIRRORED = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


def bind_create_index(binder: SchemaBinder, node: exp.Expr) -> CreateIndex:
    """CREATE [UNIQUE] INDEX."""
    binder.only(
        node,
        "this kind unique exists concurrently clone no_schema_binding",
        "CREATE INDEX",
    )
    index = node.this
    binder.only(index, "this table params nulls_not_distinct", "CREATE INDEX")
    parameters = index.args.get("params")
    if parameters is None:
        raise refuse("CREATE INDEX without columns", node, binder.sql)
    binder.only(parameters, "using columns include where with_storage", "CREATE INDEX")
    table = binder.table(index.args["table"])
    if table.is_view:
        raise refuse("an index of a view", index, binder.sql)
    unique = bool(node.args.get("unique"))
    keys = tuple(_keys(binder, table, parameters, unique))
    include = _included(binder, table, parameters, unique)
    _check_arrays(binder, table, [path for path, _ in keys] + list(include), index)
    if isinstance(index.this, exp.Identifier):
        name = index.this.name
        check_index_name(name, binder.position(index.this))
    else:
        parts = [path.replace(".", "_") for path, _ in keys]
        parts += include
        wanted = "_".join((table.name, *parts, "idx"))
        name = free_name(wanted, (each.name for each in table.indexes))
    where = parameters.args.get("where")
    return CreateIndex(
        table=table,
        index=Index(
            name,
            (*keys, *((each, 1) for each in include)),
            unique=unique,
            expire_after_seconds=_expiry(binder, table, parameters, keys),
            include=include,
            where=where.this.sql(dialect="postgres") if where else None,
            nulls_distinct=not (unique and index.args.get("nulls_not_distinct")),
        ),
        where=tuple(_conditions(binder, table, where.this)) if where else (),
        if_not_exists=bool(node.args.get("exists")),
    )


def bind_rename_index(binder: SchemaBinder, node: exp.Expr) -> RenameIndex:
    """ALTER INDEX [IF EXISTS] a RENAME TO b."""
    binder.only(node, "this kind exists actions", "ALTER INDEX")
    actions = node.args.get("actions") or []
    if len(actions) != 1 or not isinstance(actions[0], exp.AlterRename):
        raise refuse("ALTER INDEX other than RENAME TO", node, binder.sql)
    new = actions[0].this
    binder.only(node.this, "this db", "ALTER INDEX")
    binder.only(new, "this", "RENAME TO")
    check_index_name(new.name, binder.position(new))
    return RenameIndex(
        node.this.text("db") or binder.default_database,
        node.this.name,
        new.name,
        bool(node.args.get("exists")),
    )


def _keys(
    binder: SchemaBinder, table: Collection, parameters: exp.Expr, unique: bool
) -> Iterator[tuple[str, int | str]]:
    using = parameters.args.get("using")
    method = using.name.lower() if isinstance(using, exp.Expr) else "btree"
    if method not in _METHODS:
        raise refuse(
            f"USING {method}",
            using,
            binder.sql,
            "btree, hashed, text, 2dsphere, ttl or wildcard",
        )
    if method == "wildcard":
        yield _wildcard(binder, table, parameters, unique), 1
        return
    if unique and method != "btree":
        raise refuse(f"UNIQUE with USING {method}", using, binder.sql)
    columns = parameters.args.get("columns") or []
    is_hash = _METHODS[method] == "hashed"
    if is_hash and len(columns) > 1:
        raise refuse("USING hash over several columns", using, binder.sql)
    seen = set()
    for column in columns:
        binder.only(column, "this desc nulls_first", "CREATE INDEX")
        path = index_path(binder, table, column.this)
        if unique and column.find(exp.JSONExtractScalar) is not None:
            # 1 and '1' are the same text, but two keys
            raise refuse("UNIQUE over ->>", column, binder.sql, "write ->")
        if path in seen:
            raise DuplicateColumn(
                f'"{path}" is in the index twice', position=binder.position(column)
            )
        seen.add(path)
        if is_hash and column.args.get("desc"):
            raise refuse("DESC with USING hash", column, binder.sql)
        if is_hash and _may_hold_array(table, path):
            raise refuse(
                f'USING hash over "{path}"',
                column,
                binder.sql,
                "the server would refuse every row with an array there",
            )
        # where NULLs stand in an index changes no result, so both orders are taken
        direction = -1 if column.args.get("desc") else 1
        yield path, _METHODS[method] or direction


def _may_hold_array(table: Collection, path: str) -> bool:
    field = table.field(path.partition(".")[0])
    return table.closed and field is not None and field.type.may_hold_array


def _included(
    binder: SchemaBinder, table: Collection, parameters: exp.Expr, unique: bool
) -> tuple[str, ...]:
    """INCLUDE: for the server these are keys as well, behind the others."""
    nodes = parameters.args.get("include") or []
    if not nodes:
        return ()
    using = parameters.args.get("using")
    if isinstance(using, exp.Expr) and using.name.lower() != "btree":
        raise refuse(f"INCLUDE with USING {using.name}", nodes[0], binder.sql)
    if unique:
        raise refuse(
            "INCLUDE of a unique index",
            nodes[0],
            binder.sql,
            "the server would hold the pairs unique, not the key",
        )
    if not table.closed:
        raise refuse(
            f'INCLUDE in an index of "{table.name}"',
            nodes[0],
            binder.sql,
            "it was not made by CREATE TABLE; write the column as a key",
        )
    names = [each.name for each in table.fields]
    found = [binder.column(each, names, table.name) for each in nodes]
    keys = [each.this.name for each in parameters.args["columns"]]
    for node, name in zip(nodes, found, strict=True):
        if name in keys or found.count(name) > 1:
            raise refuse(f'"{name}" twice in an index', node, binder.sql)
    return tuple(found)


def _check_arrays(
    binder: SchemaBinder, table: Collection, paths: list[str], node: exp.Expr
) -> None:
    """The server refuses rows whose index keys come of two arrays."""
    fields = [table.field(path) for path in paths] if table.closed else []
    arrays = [each.name for each in fields if each and each.type.element is not None]
    if len(arrays) > 1:
        raise refuse(
            "an index over two arrays",
            node,
            binder.sql,
            f'"{arrays[0]}" and "{arrays[1]}"; the server has one per index',
        )


def _wildcard(
    binder: SchemaBinder, table: Collection, parameters: exp.Expr, unique: bool
) -> str:
    """USING wildcard (doc): every path inside a document."""
    columns = parameters.args.get("columns") or []
    if unique or len(columns) != 1:
        raise refuse(
            "UNIQUE or several columns with USING wildcard", parameters, binder.sql
        )
    path = index_path(binder, table, columns[0].this)
    field = table.field(path)
    if field is not None and field.type.family not in (Family.DOCUMENT, Family.ANY):
        raise refuse(
            f"USING wildcard over type {field.type}", columns[0], binder.sql, "JSONB"
        )
    return f"{path}.$**"


def _expiry(
    binder: SchemaBinder,
    table: Collection,
    parameters: exp.Expr,
    keys: tuple[tuple[str, int | str], ...],
) -> int | None:
    """USING ttl (a) WITH (expire_after = '90 days'): the server deletes a row so long
    after the time in `a`; a number is seconds."""
    using = parameters.args.get("using")
    is_ttl = isinstance(using, exp.Expr) and using.name.lower() == "ttl"
    options = parameters.args.get("with_storage") or []
    for each in options:
        if not is_ttl or each.this.name.lower() != "expire_after":
            raise refuse(f"WITH ({each.this.name}) of an index", parameters, binder.sql)
    if not is_ttl:
        return None
    value = options[0].args.get("value") if len(options) == 1 else None
    if not isinstance(value, exp.Literal):
        raise refuse(
            "USING ttl without a constant expire_after",
            parameters,
            binder.sql,
            "write WITH (expire_after = '90 days')",
        )
    if len(keys) > 1 or keys[0][0] == "_id":
        raise refuse("USING ttl over other than one column", parameters, binder.sql)
    field = table.field(keys[0][0])
    if field is None or field.type.family not in (Family.DATE, Family.TIMESTAMP):
        raise refuse(
            f'USING ttl over "{keys[0][0]}"', parameters, binder.sql, "it is no time"
        )
    found = _EXPIRY.fullmatch(value.name if value.is_string else f"{value.name} second")
    seconds = int(found[1]) * _SECONDS[found[2].lower()] if found else -1
    if not 0 <= seconds < 1 << 31:
        raise refuse(
            f"expire_after = {value.name}", value, binder.sql, "seconds to weeks"
        )
    return seconds


def _json_parts(node: exp.Expr) -> tuple[exp.Expr, list[str]]:
    """doc -> 'a' ->> 'b' as doc and its keys; the node itself when it is no path."""
    if not isinstance(node, exp.JSONExtract | exp.JSONExtractScalar):
        return node, []
    holder, keys = _json_parts(node.this)
    for step in node.expression.expressions:
        if isinstance(step, exp.JSONPathRoot):
            continue
        key = step.this if isinstance(step, exp.JSONPathKey) else ""
        if not isinstance(key, str) or not key or "." in key or key[0] == "$":
            return node, []
        keys = [*keys, key]
    return holder, keys


def index_path(binder: SchemaBinder, table: Collection, node: exp.Expr) -> str:
    """The dotted path of a key; the table's name before it is left out."""
    while isinstance(node, exp.Paren):
        node = node.this
    node, keys = _json_parts(node)
    parts = _parts(node)
    if not parts:
        raise refuse("an index over an expression", node, binder.sql)
    parts += [exp.to_identifier(key, quoted=True) for key in keys]
    known = [each.name for each in table.fields]
    if len(parts) > 1 and parts[0].name == table.name and table.name not in known:
        parts = parts[1:]
    head, rest = parts[0], [each.name for each in parts[1:]]
    if not table.closed:
        quoted = bool(head.args.get("quoted"))
        return ".".join([match_name(head.name, known, quoted) or head.name, *rest])
    name = binder.column(head, known, table.name)
    field = table.field(name)
    holders = (Family.DOCUMENT, Family.ANY, Family.ARRAY)
    if rest and field is not None and field.type.family not in holders:
        raise FeatureNotSupported(
            f'column "{name}" of type {field.type} holds no documents',
            position=binder.position(head),
        )
    return ".".join([name, *rest])


def _parts(node: exp.Expr) -> list[exp.Identifier]:
    """The names of a.b.c, or none when it is something else."""
    if isinstance(node, exp.Column):
        return [each for each in node.parts if isinstance(each, exp.Identifier)]
    if isinstance(node, exp.Dot) and isinstance(node.expression, exp.Identifier):
        before = _parts(node.this)
        return [*before, node.expression] if before else []
    return []


def _conditions(
    binder: SchemaBinder, table: Collection, node: exp.Expr
) -> Iterator[IndexCondition]:
    while isinstance(node, exp.Paren):
        node = node.this
    if isinstance(node, exp.And):
        yield from _conditions(binder, table, node.args["this"])
        yield from _conditions(binder, table, node.args["expression"])
        return
    negated = isinstance(node, exp.Not)
    test = node.this if negated else node
    if isinstance(test, exp.Is) and isinstance(test.expression, exp.Null):
        operator = "is not null" if negated else "is null"
        yield IndexCondition(index_path(binder, table, test.this), operator)
        return
    if isinstance(test, exp.Column):
        path, sql_type = _scalar(binder, table, test)
        if sql_type.family is Family.BOOLEAN:
            yield IndexCondition(path, "=", not negated)
            return
    operator = "" if negated else _COMPARISONS.get(type(test).__name__, "")
    if not operator:
        raise refuse(
            "this WHERE of an index",
            node,
            binder.sql,
            "comparisons with constants, IS [NOT] NULL, joined by AND",
        )
    yield _comparison(binder, table, test, operator)


def _comparison(
    binder: SchemaBinder, table: Collection, node: exp.Expr, operator: str
) -> IndexCondition:
    left, right = node.this, node.expression
    if not _parts(left):
        left, right, operator = right, left, _MIRRORED[operator]
    path, sql_type = _scalar(binder, table, left)
    return IndexCondition(path, operator, _constant(binder, sql_type, right))


def _scalar(
    binder: SchemaBinder, table: Collection, node: exp.Expr
) -> tuple[str, SqlType]:
    """A declared column that cannot hold an array: a filter of the server would
    compare its elements."""
    path = index_path(binder, table, node)
    field = table.field(path)
    if not table.closed or field is None or field.type.may_hold_array:
        raise refuse(
            f'a condition on "{path}"', node, binder.sql, "its type is not declared"
        )
    return path, field.type


def _constant(binder: SchemaBinder, sql_type: SqlType, node: exp.Expr) -> object:
    negative = isinstance(node, exp.Neg)
    value = node.this if negative else node
    if isinstance(value, exp.Boolean) and sql_type.family is Family.BOOLEAN:
        return bool(value.this)
    if not isinstance(value, exp.Literal):
        raise refuse("this WHERE of an index", node, binder.sql, "write a constant")
    text = f"-{value.name}" if negative else value.name
    if sql_type.is_numeric or value.is_string:
        return sql_type.dump(text)
    raise refuse(
        f"a number compared with type {sql_type}", node, binder.sql, "quote it"
    )
