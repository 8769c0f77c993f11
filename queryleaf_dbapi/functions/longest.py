"""Whether PCRE's first match is PostgreSQL's longest one.

Where the matched text is the answer, the two engines may differ: PostgreSQL takes the
longest match there is, PCRE the first that its order of tries gives. They agree when

- every repeated part is one character, and no alternatives are there: taking more of
  an earlier part never ends earlier (each later part can still reach as far), or
- the next character decides every choice: the beginnings of alternatives, and those
  of a repeated part and of what follows it, have no character in common, or
- the pattern has one width.

Anything else is refused by the caller. Python's own parser reads the pattern.
"""

from __future__ import annotations

import re
import sys
import warnings
from importlib import import_module
from typing import Any

_IS_OLD = sys.version_info < (3, 11)
sre: Any = import_module("sre_constants" if _IS_OLD else "re._constants")
_parser: Any = import_module("sre_parse" if _IS_OLD else "re._parser")

Items = list[tuple[Any, Any]]
# first characters: code points up to this one are told apart, all others are one
_TOP = 0x250
_ALL = frozenset(range(_TOP + 1))
_POSIX = {
    "alpha": "a-zA-Z",
    "digit": "0-9",
    "alnum": "a-zA-Z0-9",
    "upper": "A-Z",
    "lower": "a-z",
    "punct": r"!-/:-@\[-`{-~",
    "space": r" \t\n\r\f\v",
    "blank": r" \t",
    "xdigit": "0-9a-fA-F",
    "word": r"\w",
    "cntrl": r"\x00-\x1f",
    "print": r"\x20-\x7e",
    "graph": r"\x21-\x7e",
}


def agrees_on_the_text(pattern: str, folds: bool) -> bool:
    """Whether both engines are sure to find the same text (and groups)."""
    plain = pattern.removeprefix("(*UCP)")
    plain = re.sub(r"\[:([a-z]+):\]", lambda m: _POSIX.get(m[1], ""), plain)
    plain = plain.replace(r"\z", r"\Z")
    plain = re.sub(r"\\x\{([0-9a-f]+)\}", lambda m: f"\\U{int(m[1], 16):08x}", plain)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            flags = re.ASCII | re.DOTALL | (re.IGNORECASE if folds else 0)
            tree = _parser.parse(plain, flags)
    except (re.error, OverflowError):
        return False
    items: Items = list(tree)
    if _has_lazy(items):
        return False
    low, high = tree.getwidth()
    if low == high or _single_characters(items):
        return True
    return _decided(items, frozenset(), folds)


def _has_lazy(items: Items) -> bool:
    return any(
        operator is sre.MIN_REPEAT or any(map(_has_lazy, _children(operator, value)))
        for operator, value in items
    )


def _children(operator: Any, value: Any) -> list[Items]:
    if operator in (sre.MAX_REPEAT, sre.MIN_REPEAT):
        return [list(value[2])]
    if operator is sre.SUBPATTERN:
        return [list(value[3])]
    if operator is sre.BRANCH:
        return [list(each) for each in value[1]]
    if operator in (sre.ASSERT, sre.ASSERT_NOT):
        return [list(value[1])]
    return []


_ONE = (sre.LITERAL, sre.NOT_LITERAL, sre.IN, sre.ANY)


def _single_characters(items: Items) -> bool:
    for operator, value in items:
        if operator is sre.SUBPATTERN:
            if not _single_characters(list(value[3])):
                return False
        elif operator is sre.MAX_REPEAT:
            inner = list(value[2])
            if len(inner) != 1 or inner[0][0] not in _ONE:
                return False
        elif operator not in (*_ONE, sre.AT):
            return False
    return True


def _decided(items: Items, follow: frozenset[int], folds: bool) -> bool:
    """Whether the next character decides each choice; `follow` may come behind."""
    for index, (operator, value) in enumerate(items):
        after = _first(items[index + 1 :], follow, folds)
        if operator is sre.SUBPATTERN:
            if not _decided(list(value[3]), after, folds):
                return False
        elif operator is sre.MAX_REPEAT:
            inner = list(value[2])
            begins = _first(inner, frozenset(), folds)
            if _is_nullable(inner) or begins & after:
                return False
            if not _decided(inner, begins | after, folds):
                return False
        elif operator is sre.BRANCH:
            seen: frozenset[int] = frozenset()
            for each in value[1]:
                begins = _first(list(each), frozenset(), folds)
                if begins & seen or _is_nullable(list(each)):
                    return False
                seen |= begins
                if not _decided(list(each), after, folds):
                    return False
        elif operator not in (*_ONE, sre.AT):
            return False
    return True


def _is_nullable(items: Items) -> bool:
    for operator, value in items:
        if operator is sre.AT:
            continue
        if operator is sre.SUBPATTERN:
            if not _is_nullable(list(value[3])):
                return False
        elif operator is sre.MAX_REPEAT:
            if value[0] and not _is_nullable(list(value[2])):
                return False
        elif operator is sre.BRANCH:
            if not any(_is_nullable(list(each)) for each in value[1]):
                return False
        else:
            return False
    return True


def _first(items: Items, follow: frozenset[int], folds: bool) -> frozenset[int]:
    """The characters the items may begin with, and `follow` where they may be empty."""
    found: frozenset[int] = frozenset()
    for operator, value in items:
        found |= _begins(operator, value, folds)
        if not _is_nullable([(operator, value)]):
            return found
    return found | follow


def _begins(operator: Any, value: Any, folds: bool) -> frozenset[int]:
    if operator is sre.LITERAL:
        return _folded({min(value, _TOP)}, folds)
    if operator is sre.NOT_LITERAL:
        return _ALL
    if operator is sre.ANY:
        return _ALL
    if operator is sre.IN:
        return _class(value, folds)
    if operator is sre.AT:
        return frozenset()
    found: frozenset[int] = frozenset()
    for each in _children(operator, value):
        found |= _first(each, frozenset(), folds)
    return found


_CATEGORIES = {
    sre.CATEGORY_DIGIT: r"\d",
    sre.CATEGORY_SPACE: r"\s",
    sre.CATEGORY_WORD: r"\w",
}


def _class(value: Any, folds: bool) -> frozenset[int]:
    found: set[int] = set()
    negated = False
    for operator, each in value:
        if operator is sre.NEGATE:
            negated = True
        elif operator is sre.LITERAL:
            found.add(min(each, _TOP))
        elif operator is sre.RANGE:
            found |= set(range(min(each[0], _TOP), min(each[1], _TOP) + 1))
        elif operator is sre.CATEGORY and each in _CATEGORIES:
            known = re.compile(_CATEGORIES[each], re.ASCII)
            found |= {code for code in range(128) if known.match(chr(code))}
            found |= set(range(128, _TOP + 1))  # letters and blanks of all of Unicode
        else:
            return _ALL
    if negated:
        return _ALL - (found - {_TOP})
    return _folded(found, folds)


def _folded(codes: set[int], folds: bool) -> frozenset[int]:
    if not folds:
        return frozenset(codes)
    if any(code > 127 for code in codes):
        return _ALL
    both = {ord(f(chr(code))) for code in codes for f in (str.lower, str.upper)}
    return frozenset(both | codes)
