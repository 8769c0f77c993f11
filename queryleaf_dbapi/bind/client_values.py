"""nextval(), currval(), lastval(), setval(), gen_random_uuid(): see
`plan/client_values.py`. Anywhere they would be evaluated per row they are refused."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from queryleaf_dbapi.bind.binder import Binder, Place
from queryleaf_dbapi.errors import UndefinedFunction
from queryleaf_dbapi.plan.client_values import KINDS, UUID_VALUES, ClientValue
from queryleaf_dbapi.plan.expressions import Expr, Literal, Parameter
from queryleaf_dbapi.sql.accepted import refuse

_OTHER_NAMES = {"uuid_generate_v4": "gen_random_uuid"}
# what may skip an operand, or evaluate it more than once
_BRANCHES = (exp.Case, exp.Coalesce, exp.And, exp.Or, exp.If)
_CLAUSES = (
    "from_",
    "joins",
    "where",
    "group",
    "having",
    "order",
    "limit",
    "offset",
    "distinct",
    "with_",
)


def client_kind(node: exp.Expr) -> str | None:
    """Which of the functions a node calls, if it is one of them."""
    if isinstance(node, exp.Uuid) and not any(node.args.values()):
        return "gen_random_uuid"
    if not isinstance(node, exp.Anonymous):
        return None
    name = str(node.this).lower()
    name = _OTHER_NAMES.get(name, name)
    return name if name in KINDS else None


def bind_client_value(
    binder: Binder,
    place: Place,
    node: exp.Expr,
    bind: Callable[[Binder, Place, exp.Expr], Expr],
) -> Parameter | None:
    """The parameter that stands for the call; None when it is another function."""
    kind = client_kind(node)
    if kind is None:
        return None
    sql_type, least, most = KINDS[kind]
    nodes = list(node.expressions) if isinstance(node, exp.Anonymous) else []
    if not least <= len(nodes) <= most:
        raise UndefinedFunction(
            f"{kind}() takes {least if least == most else f'{least} to {most}'} "
            f"arguments, not {len(nodes)}",
            position=binder.position(node),
        )
    _check_once(binder, place, node, kind)
    arguments: list[Literal | Parameter] = []
    for each in nodes:
        value = bind(binder, place, _without_regclass(each))
        if not isinstance(value, Literal | Parameter):
            raise refuse(f"a computed argument of {kind}()", each, binder.sql)
        arguments.append(value)
    index = len(binder.parameter_types) + len(binder.client_values)
    database = binder.database
    binder.client_values.append(ClientValue(index, kind, database, tuple(arguments)))
    return Parameter(index, sql_type)


def _without_regclass(node: exp.Expr) -> exp.Expr:
    """`'s'::regclass` is the name."""
    if isinstance(node, exp.Cast) and isinstance(node.args["to"], exp.ObjectIdentifier):
        return node.this if isinstance(node.this, exp.Expr) else node
    return node


def _check_once(binder: Binder, place: Place, node: exp.Expr, kind: str) -> None:
    """Refuse a place that is not evaluated exactly once per execution."""
    branch = node.find_ancestor(*_BRANCHES)
    if branch is not None:
        raise refuse(f"{kind}() inside a condition", node, binder.sql)
    if place.clause == "VALUES" and isinstance(_statement(node), exp.Insert):
        return
    select = node.find_ancestor(exp.Select)
    alone = select is not None and select.parent is None
    if alone and select is not None and not any(select.args.get(c) for c in _CLAUSES):
        return
    raise refuse(
        f"{kind}() for each row of a query",
        node,
        binder.sql,
        "it may stand in VALUES of an INSERT, in DEFAULT, in SELECT without FROM",
    )


def _statement(node: exp.Expr) -> exp.Expr:
    """The statement whose VALUES a node is in; another query in between is it."""
    found = node.find_ancestor(exp.Insert, exp.Select)
    return found if found is not None else node


def default_sequence(node: exp.Expr) -> str | None:
    """What a DEFAULT takes its values from row by row: a sequence's name, or
    UUID_VALUES; None for an ordinary expression."""
    kind = client_kind(node)
    if kind == "gen_random_uuid":
        return UUID_VALUES
    if kind != "nextval" or len(node.expressions) != 1:
        return None
    name = _without_regclass(node.expressions[0])
    if isinstance(name, exp.Literal) and name.is_string:
        return sequence_name(name.name)
    return None


def sequence_name(text: str) -> str:
    """A name in the text of nextval('s'): quotes around it are PostgreSQL's."""
    quoted = len(text) > 1 and text[0] == text[-1] == '"'
    return text[1:-1] if quoted else text
