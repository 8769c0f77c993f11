"""MERGE: the source joined with the target, and for each row the number of the WHEN
clause that applies to it with the values that clause writes.

    MERGE INTO t USING s ON t.id = s.id
    WHEN MATCHED AND s.n IS NULL THEN DELETE
    WHEN MATCHED THEN UPDATE SET n = s.n
    WHEN NOT MATCHED THEN INSERT VALUES (s.id, s.n)

is `s LEFT JOIN t`, of each row t._id, CASE WHEN t._id IS NOT NULL AND s.n IS NULL
THEN 0 WHEN ... THEN 1 ... END, and the values, each computed only for rows of its
clause. NOT MATCHED BY SOURCE is a second read, `t` without a partner in `s`.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from queryleaf_dbapi.bind import expressions
from queryleaf_dbapi.bind.binder import Binder, Place
from queryleaf_dbapi.bind.calls import make_call
from queryleaf_dbapi.bind.insert import assigned_fields, bind_row, column_defaults
from queryleaf_dbapi.bind.scope import ScanRange, Scope
from queryleaf_dbapi.bind.set_clause import bind_set
from queryleaf_dbapi.bind.update import other_tables
from queryleaf_dbapi.bind.write_target import find_target, is_default
from queryleaf_dbapi.errors import SyntaxError_
from queryleaf_dbapi.functions import operators
from queryleaf_dbapi.functions.conjunctions import conjunction
from queryleaf_dbapi.plan.columns import Column
from queryleaf_dbapi.plan.expressions import (
    Call,
    Case,
    ColumnRef,
    Expr,
    Literal,
    Parameter,
)
from queryleaf_dbapi.plan.merge import (
    Merge,
    MergeAction,
    MergeDelete,
    MergeInsert,
    MergeRead,
    MergeUpdate,
)
from queryleaf_dbapi.plan.relations import (
    Filter,
    Insert,
    Join,
    JoinKind,
    Limit,
    Project,
    Relation,
)
from queryleaf_dbapi.plan.signature import Volatility
from queryleaf_dbapi.plan.visit import (
    map_everywhere,
    own_expressions,
    referenced,
    transform,
    walk,
)
from queryleaf_dbapi.sql.accepted import refuse
from queryleaf_dbapi.types import BOOLEAN, INTEGER


def bind_merge(binder: Binder, node: exp.Expr) -> Merge:
    """MERGE INTO t USING s ON ... WHEN ... THEN ...

    Raises SyntaxError_ for a clause behind one that takes every row.
    """
    if node.args.get("returning"):
        raise refuse("RETURNING of MERGE", node.args["returning"], binder.sql)
    with_ = node.args.get("with_")
    if with_ is not None and with_.args.get("recursive"):
        raise refuse("WITH RECURSIVE before MERGE", node, binder.sql)
    whens = node.args["whens"].expressions
    _check_reachable(binder, whens)
    _, target = find_target(binder, node.this)
    reads = []
    joined = [each for each in whens if not _is_by_source(each)]
    if joined:
        reads.append(_Read(binder, node).of_source(joined))
    alone = [each for each in whens if _is_by_source(each)]
    if alone:
        reads.append(_Read(binder, node).of_target(alone))
    return Merge(target.scan(), tuple(reads))


def _is_by_source(when: exp.Expr) -> bool:
    return not when.args["matched"] and bool(when.args.get("source"))


def _check_reachable(binder: Binder, whens: Sequence[exp.Expr]) -> None:
    ended: set[tuple[bool, bool]] = set()
    for when in whens:
        kind = bool(when.args["matched"]), _is_by_source(when)
        if kind in ended:
            raise SyntaxError_(
                "unreachable WHEN clause specified after unconditional WHEN clause",
                position=binder.position(when),
            )
        if when.args.get("condition") is None:
            ended.add(kind)


class _Read:
    """One read of the tables: the clauses bound over it."""

    def __init__(self, binder: Binder, node: exp.Expr) -> None:
        self.binder = binder
        self.node = node
        self.collection, self.target = find_target(binder, node.this)
        clause = exp.From(this=node.args["using"].copy())
        others, self.scope = other_tables(binder, clause, self.target)
        assert others is not None
        self.others: Relation = others
        place = Place(self.scope, "MERGE ON")
        self.on = expressions.bind_condition(binder, place, node.args["on"])
        self.key = self.target.column("_id")
        assert self.key is not None
        self.branches: list[tuple[Expr, Expr]] = []
        self.actions: list[MergeAction] = []
        # the output, its value and the number of the action it is of
        self.values: list[tuple[Column, Expr, int]] = []

    def of_source(self, whens: list[exp.Expr]) -> MergeRead:
        """WHEN MATCHED and WHEN NOT MATCHED [BY TARGET]."""
        kind = JoinKind.INNER
        if any(not when.args["matched"] for when in whens):
            kind = JoinKind.LEFT
            self.target.nullable = True
        key = self.target.column("_id")
        assert key is not None
        unmatched = make_call(operators.is_null, (key,))
        only_source = Scope(self.scope.ranges[1:])
        for when in whens:
            if when.args["matched"]:
                found = make_call(operators.not_, (unmatched,))
                self._add(when, self.scope, found if kind is JoinKind.LEFT else None)
            else:
                self._add(when, only_source, unmatched)
        return self._done(Join(kind, self.others, self.target.scan(), self.on), key)

    def of_target(self, whens: list[exp.Expr]) -> MergeRead:
        """WHEN NOT MATCHED BY SOURCE: rows of the target without a partner."""
        self._check_repeatable()
        scope = Scope([self.target])
        for when in whens:
            self._add(when, scope, None)
        assert self.key is not None
        scan = self.target.scan()
        return self._done(Join(JoinKind.ANTI, scan, self.others, self.on), self.key)

    def _check_repeatable(self) -> None:
        """The source is read a second time: it must be the same rows."""

        def look(node: Relation) -> Relation:
            again = not isinstance(node, Limit)
            for value in own_expressions(node):
                again = again and not any(map(_is_volatile, walk(value)))
            if not again:
                raise refuse(
                    "NOT MATCHED BY SOURCE over a source with LIMIT or random values",
                    self.node.args["using"],
                    self.binder.sql,
                )
            return node

        map_everywhere(self.others, look)

    def _add(self, when: exp.Expr, scope: Scope, kind: Expr | None) -> None:
        """One clause: `kind` says whether the row is matched as the clause wants."""
        conditions = [] if kind is None else [kind]
        written = when.args.get("condition")
        if written is not None:
            place = Place(scope, "MERGE WHEN")
            bound = expressions.bind_condition(self.binder, place, written)
            conditions.append(bound)
        always = Literal(True, BOOLEAN)
        condition = conjunction(conditions) if conditions else always
        action = self._action(when, scope)
        number: Expr = Literal(None, INTEGER)
        if action is not None:
            number = Literal(len(self.actions), INTEGER)
            self.actions.append(action)
        self.branches.append((condition, number))

    def _action(self, when: exp.Expr, scope: Scope) -> MergeAction | None:
        then = when.args["then"]
        if isinstance(then, exp.Update):
            if then.args.get("where"):
                raise refuse("WHERE in MERGE", then.args["where"], self.binder.sql)
            found = bind_set(self.binder, self.collection, scope, then.expressions)
            assignments = tuple(
                (path, self._value(value)) for path, value in found.assignments
            )
            return MergeUpdate(assignments, found.sequences)
        if isinstance(then, exp.Insert):
            return MergeInsert(self._insert(then, scope))
        word = then.name.upper() if isinstance(then, exp.Var) else ""
        if word == "DO NOTHING":
            return None
        if word != "DELETE":
            raise refuse(f"{word or 'this action'} in MERGE", then, self.binder.sql)
        return MergeDelete()

    def _insert(self, then: exp.Expr, scope: Scope) -> Insert:
        binder, collection = self.binder, self.collection
        if then.args.get("overriding"):
            raise refuse("OVERRIDING in MERGE", then, binder.sql)
        named = then.this.expressions if isinstance(then.this, exp.Tuple) else []
        cells: list[exp.Expr] = []
        if then.expression is not None:
            if not isinstance(then.expression, exp.Tuple):
                raise refuse("this INSERT of MERGE", then, binder.sql)
            cells = list(then.expression.expressions)
        elif len(named) == 1 and is_default(named[0]):
            named = []  # so sqlglot reads DEFAULT VALUES
        for each in named:
            if not isinstance(each, exp.Column) or each.table:
                raise SyntaxError_(
                    "INSERT names columns, without their table",
                    position=binder.position(each),
                )
        fields = []
        if cells:
            fields = assigned_fields(binder, collection, named, len(cells), then)
        place = Place(scope, "VALUES")
        row: list[Expr | None] = []
        for value in bind_row(binder, place, cells, fields):
            if value is None:
                row.append(None)
                continue
            column = self._value(value)
            row.append(ColumnRef(column.id, column.name, column.type, True))
        return Insert(
            self.target.scan(),
            tuple(field.name for field in fields),
            (tuple(row),),
            None,
            column_defaults(binder, collection),
            (),
        )

    def _value(self, value: Expr) -> Column:
        column = self.binder.ids.column("value", value.type, True)
        self.values.append((column, value, len(self.actions)))
        return column

    def _done(self, join: Join, key: ColumnRef) -> MergeRead:
        """The columns read, with the number; then the values, over the number."""
        ids = self.binder.ids
        read = {ref.id: ref for _, value, _ in self.values for ref in referenced(value)}
        own = {each.id for each in _visible(self.scope)}
        read = {id_: ref for id_, ref in read.items() if id_ in own}
        read[key.id] = key
        kept = {
            id_: ids.column(ref.name, ref.type, ref.nullable)
            for id_, ref in read.items()
        }
        number = ids.column("action", INTEGER, True)
        nothing = Literal(None, INTEGER)
        case = Case(tuple(self.branches), nothing, INTEGER, True)
        items = [(kept[id_], ref) for id_, ref in read.items()]
        below: Relation = Project(join, (*items, (number, case)))
        reference = ColumnRef(number.id, number.name, INTEGER, True)
        acts = make_call(operators.is_null, (reference,))
        below = Filter(below, make_call(operators.not_, (acts,)))

        def renamed(each: Expr) -> Expr:
            if not isinstance(each, ColumnRef) or each.id not in kept:
                return each
            column = kept[each.id]
            return ColumnRef(column.id, column.name, each.type, each.nullable)

        outputs: list[tuple[Column, Expr]] = [
            (ids.column("_id", key.type, True), renamed(key)),
            (ids.column("action", INTEGER, True), reference),
        ]
        for column, value, of in self.values:
            if not isinstance(value, Literal | Parameter):
                applies = make_call(operators.EQ, (reference, Literal(of, INTEGER)))
                otherwise = Literal(None, value.type)
                value = Case(
                    ((applies, transform(value, renamed)),), otherwise, value.type, True
                )
            outputs.append((column, value))
        return MergeRead(Project(below, tuple(outputs)), tuple(self.actions))


def _is_volatile(value: Expr) -> bool:
    return isinstance(value, Call) and (
        value.function.volatility is Volatility.VOLATILE
    )


def _visible(scope: Scope) -> list[Column | ColumnRef]:
    found: list[Column | ColumnRef] = []
    for each in scope.ranges:
        if isinstance(each, ScanRange):
            found += each.used.values()
        else:
            found += [ref for _, ref in each.outputs()]
    return found
