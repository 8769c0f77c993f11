"""Literals of a text: where they stand, and which of them may become parameters.

    literals_of("SELECT a FROM t WHERE id = 5 LIMIT 3")
    -> shape "SELECT a FROM t WHERE id = <i> LIMIT <i>", texts ("5", "3")

Two texts of one shape differ in literals alone. `lift` turns those of them into
parameters that are compared with a column in WHERE or ON, stored by VALUES or by SET,
and nothing else: LIMIT 3, ORDER BY 1, DATE '...' or a pattern are part of the plan.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlglot import exp

# Every alternative starts with a character of its own, so that the scan is fast. What
# is not one of the plain forms stays in the shape (1e5, 0x1F), or ends the scan: a
# comment, $tag$, E'...', a backslash.
_LITERAL = re.compile(
    r"""
      [0-9](?<![\w.$][0-9])[0-9]*(?P<fraction>\.[0-9]+)?(?![\w.])
    | '(?<![\w$&]')(?P<text>[^'\\\x00]*(?:''[^'\\\x00]*)*)'(?!')
    | (?P<name>"[^"\x00]*")
    | (?P<stop>['"\x00\\]|--|/\*|\$(?![0-9]))
    """,
    re.VERBOSE,
)
_MOST = 100  # literals: a text with more is a load of data, not run again
_LONGEST = 10_000


@dataclass(frozen=True, slots=True)
class TextLiterals:
    """The literals of a text. Of each: where it starts, its text, and its kind:
    i INTEGER, b BIGINT, n NUMERIC, s a quoted text."""

    shape: str
    kinds: str
    starts: tuple[int, ...]
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LiftedPlace:
    """Which literal of the text a parameter stands for, and its sign."""

    index: int
    sign: int


def literals_of(sql: str) -> TextLiterals | None:
    """The literals of a text; None where there are none, or where it holds what this
    scan does not read."""
    if len(sql) > _LONGEST:
        return None
    pieces: list[str] = []
    kinds = ""
    starts: list[int] = []
    texts: list[str] = []
    taken = 0
    for found in _LITERAL.finditer(sql):
        group = found.lastgroup
        if group == "stop":
            return None
        if group == "name":
            continue
        start, end = found.span()
        if group == "text":
            text, kind = found["text"].replace("''", "'"), "s"
        else:
            text = found[0]
            kind = "n" if group == "fraction" else _kind_of_integer(text)
            if not kind:
                continue
        pieces += (sql[taken:start], "\0", kind)
        taken = end
        kinds += kind
        starts.append(start)
        texts.append(text)
    if not 0 < len(starts) <= _MOST:
        return None
    pieces.append(sql[taken:])
    return TextLiterals("".join(pieces), kinds, tuple(starts), tuple(texts))


def _kind_of_integer(text: str) -> str:
    """The type by size; none at 2**31 and 2**63, where a minus sign changes it."""
    if len(text) < 10:
        return "i"
    number = int(text)
    if number < 1 << 31:
        return "i"
    return "b" if 1 << 31 < number < 1 << 63 else ""


def lifted_places(tree: object, literals: TextLiterals) -> tuple[LiftedPlace, ...]:
    """The literals of a parsed statement that may be parameters."""
    return tuple(place for place, _ in _liftable(tree, literals))


def lift(tree: exp.Expr, literals: TextLiterals, first: int) -> exp.Expr:
    """A copy of the tree with parameters $first, $first + 1, ... at those places."""
    tree = tree.copy()
    for number, (_, node) in enumerate(list(_liftable(tree, literals)), first):
        node.replace(exp.Parameter(this=exp.Literal.number(number)))
    return tree


def _liftable(
    tree: object, literals: TextLiterals
) -> list[tuple[LiftedPlace, exp.Expr]]:
    if not isinstance(tree, exp.Query | exp.Insert | exp.Update | exp.Delete):
        return []
    by_start = {start: index for index, start in enumerate(literals.starts)}
    found = []
    for literal in tree.find_all(exp.Literal):
        index = by_start.get(literal.meta.get("start", -1))
        if index is None or literals.texts[index] != literal.this:
            continue
        if literal.is_string is not (literals.kinds[index] == "s"):
            continue
        node: exp.Expr = literal
        if isinstance(literal.parent, exp.Neg) and not literal.is_string:
            node = literal.parent
        if _is_compared(node) or _is_stored(node):
            place = LiftedPlace(index, 1 if node is literal else -1)
            found.append((place, node))
    return found


_COMPARISONS = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE)
_CONNECTIVES = (exp.And, exp.Or, exp.Not, exp.Paren)


def _is_compared(node: exp.Expr) -> bool:
    """Compared with a column by a condition of WHERE or ON."""
    parent = node.parent
    if isinstance(parent, _COMPARISONS):
        other = parent.expression if parent.this is node else parent.this
        if not isinstance(other, exp.Column):
            return False
    elif isinstance(parent, exp.Between):
        if parent.this is node or not isinstance(parent.this, exp.Column):
            return False
    elif isinstance(parent, exp.In):
        if node.arg_key != "expressions" or not isinstance(parent.this, exp.Column):
            return False
    else:
        return False
    above: exp.Expr = parent
    while isinstance(above.parent, _CONNECTIVES):
        above = above.parent
    holder = above.parent
    if isinstance(holder, exp.Join):
        return above.arg_key == "on"
    if not isinstance(holder, exp.Where):
        return False
    return isinstance(holder.parent, exp.Select | exp.Update | exp.Delete)


def _is_stored(node: exp.Expr) -> bool:
    """A cell of INSERT ... VALUES, or the value of SET column = value."""
    parent = node.parent
    if isinstance(parent, exp.Tuple):
        values = parent.parent
        return isinstance(values, exp.Values) and isinstance(values.parent, exp.Insert)
    if not isinstance(parent, exp.EQ) or parent.expression is not node:
        return False
    is_column = isinstance(parent.this, exp.Column)
    return is_column and isinstance(parent.parent, exp.Update)
