"""The closed list of syntax: which nodes, with which arguments.

sqlglot accepts what it does not understand (FOR UPDATE, TABLESAMPLE, surplus
arguments) and keeps it in arguments nobody reads. Whatever is not on this list
is refused by name and place, so that no clause is ever dropped.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp

from queryleaf_dbapi.errors import FeatureNotSupported
from queryleaf_dbapi.sql.positions import position_of

_BINARY = "this expression"

# node name -> argument keys that may hold something
_SYNTAX: dict[str, str] = {
    "Select": "expressions from_ joins where group having order limit offset "
    "distinct with_ windows",
    "Subquery": "this alias with_ order limit offset joins",
    "Union": "this expression distinct with_ order limit offset",
    "Intersect": "this expression distinct with_ order limit offset",
    "Except": "this expression distinct with_ order limit offset",
    "With": "expressions recursive search",
    "RecursiveWithSearch": "kind this expression using to default",
    "CTE": "this alias materialized",
    "From": "this",
    "Join": "this on side kind using method",
    "Lateral": "this alias ordinality",
    "Table": "this db alias joins ordinality",
    "TableAlias": "this columns",
    "Values": "expressions alias",
    "Tuple": "expressions",
    "Where": "this",
    "Group": "expressions all",
    "GroupingSets": "expressions",
    "Rollup": "expressions",
    "Cube": "expressions",
    "Grouping": "expressions",
    "Having": "this",
    "Order": "this expressions",
    "Ordered": "this desc nulls_first",
    "Limit": "this expression",
    "Offset": "this expression",
    "Fetch": "direction count limit_options",
    "LimitOptions": "rows with_ties",
    "Distinct": "expressions on",
    "Window": "this partition_by order spec over alias",
    "WindowSpec": "kind start start_side end end_side exclude",
    "Insert": "this expression returning with_ default conflict overriding",
    "Schema": "this expressions",
    "OnConflict": "action conflict_keys expressions where constraint",
    "Update": "this expressions where returning from_ with_",
    "Delete": "this where returning using with_",
    "Merge": "this using on whens with_ returning",
    "Whens": "expressions",
    "When": "matched source condition then",
    "Returning": "expressions",
    "Star": "",
    "Alias": "this alias",
    "Column": "this table db catalog",
    "Dot": _BINARY,
    "Identifier": "this quoted",
    "Var": "this",
    "Literal": "this is_string",
    "ByteString": "this is_bytes",
    "RawString": "this",
    "Boolean": "this",
    "Null": "",
    "CurrentDatabase": "",
    "CurrentCatalog": "",
    "CurrentSchema": "",
    "Parameter": "this",
    "Paren": "this",
    "Neg": "this",
    "Not": "this",
    "Is": "this expression negate",
    "Between": "this low high",
    "In": "this expressions query negate",
    "Like": "this expression negate",
    "ILike": "this expression negate",
    "Escape": _BINARY,
    "Exists": "this",
    "Any": "this",
    "All": "this",
    "Case": "this ifs default",
    "If": "this true false",
    "Cast": "this to",
    "TryCast": "this to safe",
    "DataType": "this expressions nested kind values",
    "DataTypeParam": "this",
    "ObjectIdentifier": "this",
    "Interval": "this unit fraction_in_string",
    "Kwarg": _BINARY,
    "IntervalSpan": "this expression",
    "Array": "expressions",
    "Bracket": "this expressions",
    "Slice": "this expression",
    "Filter": _BINARY,
    "WithinGroup": _BINARY,
    "JSONExtract": "this expression only_json_types",
    "JSONExtractScalar": "this expression only_json_types",
    "JSONPath": "expressions",
    "JSONKeyValue": _BINARY,
    "JSONPathRoot": "",
    "JSONPathKey": "this",
    "JSONPathSubscript": "this",
    "AtTimeZone": "this zone",
    "Anonymous": "this expressions",
    **dict.fromkeys(
        [
            "EQ",
            "NEQ",
            "LT",
            "LTE",
            "GT",
            "GTE",
            "And",
            "Or",
            "Add",
            "Sub",
            "Mul",
            "NullSafeEQ",
            "NullSafeNEQ",
            "RegexpILike",
            "SimilarTo",
            "Overlaps",
            "BitwiseAnd",
            "BitwiseOr",
            "BitwiseXor",
            "BitwiseLeftShift",
            "BitwiseRightShift",
            "ArrayContainsAll",
            "ArrayContainedBy",
            "ArrayOverlaps",
            "JSONBContainsTopKey",
            "JSONBContainsAnyTopKeys",
            "JSONBContainsAllTopKeys",
        ],
        _BINARY,
    ),
    "BitwiseNot": "this",
    "IntDiv": _BINARY,
    "RegexpLike": "this expression flag",
    "Div": "this expression typed",
    "Mod": _BINARY,
    "DPipe": "this expression safe",
}

ACCEPTED: dict[str, frozenset[str]] = {
    name: frozenset(keys.split()) for name, keys in _SYNTAX.items()
}

# how a refused argument is called in the text of a statement
_CLAUSES = {
    "locks": "FOR UPDATE / FOR SHARE",
    "into": "SELECT INTO",
    "sample": "TABLESAMPLE",
    "only": "ONLY",
    "qualify": "QUALIFY",
    "pivots": "PIVOT",
    "laterals": "LATERAL VIEW",
    "rollup": "WITH ROLLUP",
    "cube": "WITH CUBE",
    "totals": "WITH TOTALS",
    "hint": "a hint",
    "ordinality": "WITH ORDINALITY",
}


def refuse(
    what: str, node: exp.Expr | None, sql: str, hint: str = ""
) -> FeatureNotSupported:
    """The error for a construct that is not supported: `raise refuse(...)`."""
    message = f"{what} is not supported"
    if hint:
        message += f": {hint}"
    return FeatureNotSupported(message, position=position_of(node, sql))


# nodes whose name in sqlglot is not what the user wrote
_WRITTEN = {
    "BitwiseAnd": "&",
    "BitwiseOr": "|",
    "BitwiseXor": "#",
    "BitwiseNot": "~",
    "BitwiseLeftShift": "<<",
    "BitwiseRightShift": ">>",
    "SimilarTo": "SIMILAR TO",
    "Explode": "UNNEST",
    "Unnest": "UNNEST",
    "JSONBExtract": "#>",
    "JSONBExtractScalar": "#>>",
    "ArrayContainsAll": "@>",
    "ArrayContainedBy": "<@",
    "ArrayOverlaps": "&&",
    "JSONBContainsTopKey": "?",
    "JSONBContainsAnyTopKeys": "?|",
    "JSONBContainsAllTopKeys": "?&",
    "JSONBDeleteAtPath": "#-",
    "RegexpILike": "~*",
    "WithinGroup": "WITHIN GROUP",
    "IgnoreNulls": "IGNORE NULLS",
    "RespectNulls": "RESPECT NULLS",
}


def describe(node: exp.Expr) -> str:
    """What a node is called in SQL, for an error message."""
    written = _WRITTEN.get(type(node).__name__)
    if written is not None:
        return written
    if isinstance(node, exp.Anonymous):
        return str(node.this).upper()
    if isinstance(node, exp.Func):
        return str(node.sql_name())
    return node.key.upper()


def check_accepted(tree: exp.Expr, sql: str, functions: Iterable[str] = ()) -> None:
    """Refuse every node and every argument that is not on the list.

    Functions (`functions` are their node names) are checked by the binder, which
    knows the arguments each one declares.
    """
    known = frozenset(functions)
    for node in tree.walk():
        name = type(node).__name__
        allowed = ACCEPTED.get(name)
        if allowed is None:
            if name in known or isinstance(node, exp.Func):
                continue
            raise refuse(describe(node), node, sql)
        if isinstance(node, exp.Subquery) and node.args.get("joins"):
            _check_stands_in_from(node, sql)
        for key, value in node.args.items():
            if value and key not in allowed and key != "_type":
                clause = _CLAUSES.get(key, f"{key.upper()} of {describe(node)}")
                raise refuse(clause, node, sql)


def _check_stands_in_from(node: exp.Expr, sql: str) -> None:
    """`(SELECT 1) CROSS JOIN t` as a query: only FROM reads what is joined."""
    parent = node.parent
    while isinstance(parent, exp.Subquery):
        parent = parent.parent
    if not isinstance(parent, exp.From | exp.Join):
        raise refuse("JOIN outside of FROM", node, sql)
