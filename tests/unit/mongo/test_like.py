"""LIKE patterns as regular expressions: judged against a plain matcher of LIKE."""

from __future__ import annotations

import random
import re
import sys

import pytest

from queryleaf_dbapi.errors import DataError
from queryleaf_dbapi.mongo.like import like_to_regex


def matches(pattern: str, text: str) -> bool:
    """LIKE as the standard defines it, by recursion; escape character `\\`."""
    if not pattern:
        return not text
    head, rest = pattern[0], pattern[1:]
    if head == "%":
        return any(matches(rest, text[i:]) for i in range(len(text) + 1))
    if head == "\\":
        head, rest = rest[0], rest[1:]
        return text[:1] == head and matches(rest, text[1:])
    return bool(text) and head in ("_", text[0]) and matches(rest, text[1:])


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("abc", r"^abc\z"),
        ("abc%", "^abc"),
        ("a_c", r"^a.c\z"),
        ("", r"^\z"),
        ("%", "^"),
        ("%%", "^"),
        ("%b%", "^(?>.*?b)"),
        ("a\\%", r"^a%\z"),
        ("a.c", r"^a\.c\z"),
    ],
)
def test_the_regex(pattern: str, expected: str) -> None:
    """A constant prefix stays in front: the server reads index bounds from it."""
    assert like_to_regex(pattern) == expected


@pytest.mark.parametrize(("pattern", "escape"), [("a\\", "\\"), ("a!", "!")])
def test_a_lone_escape_is_refused(pattern: str, escape: str) -> None:
    with pytest.raises(DataError):
        like_to_regex(pattern, escape)


def test_another_escape_or_none() -> None:
    assert like_to_regex("a!%", "!") == r"^a%\z"
    assert like_to_regex("a\\b%", "") == r"^a\\b"


@pytest.mark.skipif(sys.version_info < (3, 11), reason="re has no atomic groups")
def test_random_patterns() -> None:
    pick = random.Random(3)
    for _ in range(3000):
        pattern = "".join(
            pick.choices(["a", "b", "%", "_", ".", "\\%", "\n"], k=pick.randint(0, 6))
        )
        text = "".join(pick.choices("ab.%\n", k=pick.randint(0, 8)))
        regex = like_to_regex(pattern).replace(r"\z", r"\Z")
        found = re.search(regex, text, re.DOTALL) is not None
        assert found == matches(pattern, text), (pattern, text)
