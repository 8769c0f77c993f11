"""ON CONFLICT -> what becomes of a document that is there already.

DO UPDATE is an update with a pipeline, in which the row that was not inserted stands
as a field of its own:

    [{"$set": {"queryleaf_excluded": {"$literal": {"b": 2}}}},
     {"$set": {"b": {"$add": ["$b", "$queryleaf_excluded.b"]}}},
     {"$unset": "queryleaf_excluded"}]
"""

from __future__ import annotations

from queryleaf_dbapi.lower.context import Context
from queryleaf_dbapi.lower.expression import lower_value
from queryleaf_dbapi.lower.pipeline import Mql, Pipeline, path_below, path_expression
from queryleaf_dbapi.lower.predicates import true_form
from queryleaf_dbapi.lower.update import stored_value
from queryleaf_dbapi.mongo.commands import (
    EXCLUDED_FIELD,
    EXCLUDED_VARIABLE,
    ConflictAction,
)
from queryleaf_dbapi.plan.expressions import ColumnRef
from queryleaf_dbapi.plan.relations import OnConflict, Scan


def lower_conflict(target: Scan, node: OnConflict) -> ConflictAction:
    """The action; its expressions read the stored document and the excluded row."""
    if node.assignments is None:
        return ConflictAction(node.keys)
    context = _context(target, node, f"${EXCLUDED_FIELD}")
    changes = {
        ".".join(path): stored_value(lower_value(context, value))
        for path, value in node.assignments
    }
    condition = None
    if node.predicate is not None:
        context = _context(target, node, f"$${EXCLUDED_VARIABLE}")
        condition = true_form(context, node.predicate)
    names = dict.fromkeys(path[0] for _, path in node.excluded)
    return ConflictAction(node.keys, changes, condition, tuple(names), _moves_key(node))


def _context(target: Scan, node: OnConflict, excluded: Mql) -> Context:
    pipeline = Pipeline(target.collection.database, target.collection.name)
    pipeline.layout = {c.id: path_expression(path) for c, path in target.fields}
    for column, path in node.excluded:
        pipeline.layout[column.id] = path_below(excluded, path)
    return Context(pipeline)


def _moves_key(node: OnConflict) -> bool:
    """Whether an assignment may change a key; `k = EXCLUDED.k` does not."""
    paths = {column.id: path for column, path in node.excluded}
    tops = {name.partition(".")[0] for key in node.keys for name in key}
    for path, value in node.assignments or ():
        if path[0] in tops:
            if not (isinstance(value, ColumnRef) and paths.get(value.id) == path):
                return True
    return False
