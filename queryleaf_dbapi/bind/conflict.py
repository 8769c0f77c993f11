"""ON CONFLICT: which unique keys it means, and what it does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlglot import exp

from queryleaf_dbapi.bind import expressions
from queryleaf_dbapi.bind.binder import Binder, Place
from queryleaf_dbapi.bind.scope import ScanRange, Scope, pick_name
from queryleaf_dbapi.bind.set_clause import bind_set
from queryleaf_dbapi.catalog.catalog import Collection, Index, Key
from queryleaf_dbapi.errors import (
    DuplicateAlias,
    InvalidColumnReference,
    SyntaxError_,
    UndefinedObject,
)
from queryleaf_dbapi.plan.expressions import Expr
from queryleaf_dbapi.plan.relations import OnConflict
from queryleaf_dbapi.plan.visit import has_subquery
from queryleaf_dbapi.sql.accepted import refuse
from queryleaf_dbapi.types.presence import says_more


def bind_conflict(
    binder: Binder, node: exp.Expr, scan: ScanRange, assigned: Sequence[str]
) -> OnConflict:
    """ON CONFLICT [(a, b) | ON CONSTRAINT name] DO NOTHING | DO UPDATE SET ...

    Raises InvalidColumnReference where no unique key has exactly these columns.
    """
    clause = node.args["conflict"]
    collection = scan.collection
    updates = clause.args["action"].name.upper() == "DO UPDATE"
    keys = _keys(binder, clause, collection, assigned)
    if any(key in _keys_with_equal_nulls(collection) for key in keys):
        # a NULL in the key is looked for as if it met no other
        raise refuse("ON CONFLICT with NULLS NOT DISTINCT", clause, binder.sql)
    if not updates:
        return OnConflict(keys)
    if not clause.args.get("conflict_keys") and not clause.args.get("constraint"):
        raise SyntaxError_(
            "ON CONFLICT DO UPDATE requires inference specification or constraint name",
            position=binder.position(clause) or binder.position(node),
        )
    if scan.alias.lower() == "excluded":
        raise DuplicateAlias(
            'table name "excluded" is used more than once',
            position=binder.position(node),
        )
    excluded = binder.open_scan(collection, "excluded")
    scope = Scope([scan, excluded])
    found = bind_set(binder, collection, scope, clause.expressions)
    if found.sequences:
        raise refuse(
            "SET to the DEFAULT of a sequence in ON CONFLICT", clause, binder.sql
        )
    where = clause.args.get("where")
    predicate = None
    if where is not None:
        place = Place(scope, "ON CONFLICT ... WHERE")
        predicate = expressions.bind_condition(binder, place, where.this)
    _refuse_subqueries(
        binder, clause, *(value for _, value in found.assignments), predicate
    )
    pairs = excluded.scan().fields
    return OnConflict(keys, found.assignments, predicate, pairs)


def _refuse_subqueries(binder: Binder, node: exp.Expr, *values: Expr | None) -> None:
    """The row is changed by a command that reads no other collection."""
    if any(value is not None and has_subquery(value) for value in values):
        raise refuse("a subquery in ON CONFLICT DO UPDATE", node, binder.sql)


def _keys(
    binder: Binder, clause: exp.Expr, collection: Collection, assigned: Sequence[str]
) -> tuple[tuple[str, ...], ...]:
    name = clause.args.get("constraint")
    if name is not None:
        return (_constraint(binder, collection, name),)
    named = clause.args.get("conflict_keys")
    if named is None:
        keys = _every_key(binder, clause, collection)
        # a new _id meets no other
        return tuple(key for key in keys if key != ("_id",) or "_id" in assigned)
    wanted = {_named_path(binder, each, collection) for each in named}
    for key, index in _unique_keys(collection):
        if set(key) == wanted and (index is None or _is_plain(index)):
            return (key,)
    raise InvalidColumnReference(
        "there is no unique or exclusion constraint matching the ON CONFLICT "
        "specification",
        position=binder.position(named[0].this) or binder.position(clause),
    )


def _named_path(binder: Binder, node: exp.Expr, collection: Collection) -> str:
    column = node.this if isinstance(node, exp.Ordered) else node
    if not isinstance(column, exp.Column | exp.Dot):
        raise refuse("an expression in ON CONFLICT", column, binder.sql)
    names = expressions.dotted_names(column)
    known = [*(field.name for field in collection.fields), "_id"]
    return ".".join([pick_name(names[0], known) or names[0], *names[1:]])


def _keys_with_equal_nulls(collection: Collection) -> set[tuple[str, ...]]:
    found = {key.columns for key in collection.unique if not key.nulls_distinct}
    return found | {
        tuple(path for path, _ in index.keys)
        for index in collection.indexes
        if not index.nulls_distinct
    }


def _unique_keys(
    collection: Collection,
) -> Iterator[tuple[tuple[str, ...], Index | None]]:
    """Every unique key, with its index where only the index says so."""
    keys: list[Key] = [*collection.unique]
    if collection.primary_key is not None:
        keys.insert(0, collection.primary_key)
    known = [key.columns for key in keys]
    for key in keys:
        yield key.columns, None
    if ("_id",) not in known:
        yield ("_id",), None
    for index in collection.indexes:
        paths = tuple(path for path, _ in index.keys)
        if index.unique and paths not in known and paths != ("_id",):
            yield paths, index


def _is_plain(index: Index) -> bool:
    """Whether equal values in any two documents conflict: no condition, no collation
    under which other texts are equal."""
    paths = [path for path, _ in index.keys]
    if index.partial is not None and says_more(index.partial, paths):
        return False
    return index.options is None or "collation" not in index.options


def _every_key(
    binder: Binder, clause: exp.Expr, collection: Collection
) -> Iterator[tuple[str, ...]]:
    for key, index in _unique_keys(collection):
        if index is not None and not _is_plain(index):
            raise refuse(
                f'ON CONFLICT with the partial unique index "{index.name}"',
                clause,
                binder.sql,
                "name the columns of the key that is meant",
            )
        yield key


def _constraint(
    binder: Binder, collection: Collection, node: exp.Expr
) -> tuple[str, ...]:
    keys: list[Key] = [*collection.unique]
    if collection.primary_key is not None:
        keys.append(collection.primary_key)
    for key in keys:
        if key.name == node.name:
            return key.columns
    raise UndefinedObject(
        f'constraint "{node.name}" for table "{collection.name}" does not exist',
        position=binder.position(node),
    )
