"""The law of docs/architecture.md: imports go one way.

LAYERS says which parts of `queryleaf_dbapi` a part may import; what those may import
it may import too. `errors` is a leaf that everyone may use. To allow a new arrow, add
it here, in the commit that changes architecture.md.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DRIVER = "queryleaf_dbapi"
PACKAGES = (DRIVER, "sqlalchemy_queryleaf", "alembic_ext")

_PIPELINE = "sql bind cost rewrite lower mongo run rows catalog plan functions types"
LAYERS = {
    "errors": "",
    "types": "",
    "catalog": "types",
    "plan": "types catalog",
    "functions": "plan types",
    "sql": "",
    "bind": "sql plan functions catalog",
    "cost": "plan functions catalog",
    "rewrite": "plan functions cost",
    "mongo": "types catalog",
    "lower": "plan functions mongo catalog cost",
    "run": "mongo rows catalog functions options",
    "rows": "mongo types",
    "embedded": "",
    "options": "",
    "type_objects": "types",
    "compile": _PIPELINE,
    "statements": "execution connection",
    "execution": "compile",
    "explain": "execution statements connection",
    "lifting": "compile execution",
    "connection": "lifting execution statements explain options embedded cursor cost",
    "cursor": "execution statements explain type_objects connection",
    "__init__": "connection cursor options type_objects",  # what users import
    "shell": "__init__",
    "demo": "__init__ shell",
}

# Foreign packages, and the only parts that may import them.
BORDERS = {
    "sqlglot": {"sql", "bind"},
    "pymongo": {"run", "embedded", "statements"},
    "gridfs": {"run", "statements"},
    "bson": {
        "types",
        "functions",
        "mongo",
        "rows",
        "lower",
        "run",
        "embedded",
        "statements",
    },
    "sqlalchemy": {"demo"},
    "alembic": set(),
}

# Our packages outside the driver: which of ours they may import.
ABOVE = {
    "sqlalchemy_queryleaf": {DRIVER},
    "alembic_ext": {DRIVER, "sqlalchemy_queryleaf"},
}
PUBLIC_MODULES = {f"{DRIVER}.errors", f"{DRIVER}.types"}


@cache
def allowed(part: str) -> frozenset[str]:
    """Return all parts that `part` may import, directly or through its layers."""
    found: set[str] = {"errors"} - {part}
    waiting = LAYERS[part].split()
    while waiting:
        layer = waiting.pop()
        if layer not in found:
            found.add(layer)
            waiting += LAYERS[layer].split()
    return frozenset(found)


def imports(module: str, source: str, is_package: bool) -> Iterator[tuple[int, str]]:
    """Yield (line, dotted name) of every import; `from a import b` is `a.b`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = module.split(".")
                parents = parts[: len(parts) - node.level + is_package]
                base = ".".join([*parents, base] if base else parents)
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)


def driver_part(name: str) -> str:
    """Return the part of the driver that a dotted name lies in."""
    parts = name.split(".")
    return parts[1] if len(parts) > 1 and parts[1] in LAYERS else "__init__"


@cache
def public_names(package: str) -> frozenset[str]:
    """Return `__all__` of a package, read without importing it."""
    for node in ast.parse((ROOT / package / "__init__.py").read_text()).body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        if isinstance(node, ast.AnnAssign):
            targets = [node.target]
        if any(isinstance(t, ast.Name) and t.id == "__all__" for t in targets):
            return frozenset(ast.literal_eval(node.value))
    return frozenset()


def is_public(name: str, package: str) -> bool:
    """Tell whether a dotted name of `package` is meant for others."""
    if name == package or name in PUBLIC_MODULES:
        return True
    base, _, last = name.rpartition(".")
    return base in PUBLIC_MODULES or (base == package and last in public_names(package))


def violations(module: str, source: str, is_package: bool = False) -> list[str]:
    """Return what is wrong with the imports of one module."""
    package = module.partition(".")[0]
    wrong = []
    for line, name in imports(module, source, is_package):
        top = name.partition(".")[0]
        place = f"{module}, line {line}: {name}"
        if package == DRIVER:
            part = module.split(".")[1] if module != DRIVER else "__init__"
            if part not in LAYERS:
                return [f"{module}: say in LAYERS what {part!r} may import"]
            if top == DRIVER:
                target = driver_part(name)
                if target != part and target not in allowed(part):
                    wrong.append(f"{place}: {part} must not import {target}")
            elif top in PACKAGES:
                wrong.append(f"{place}: the driver must not import what is built on it")
            elif top in BORDERS and part not in BORDERS[top]:
                parts = ", ".join(sorted(BORDERS[top])) or "no part"
                wrong.append(f"{place}: only {parts} may import {top}")
        elif top in PACKAGES and top != package:
            if top not in ABOVE[package]:
                wrong.append(f"{place}: {package} must not import {top}")
            elif not is_public(name, top):
                wrong.append(f"{place}: not a public name of {top}")
    return wrong


def source_files() -> Iterator[tuple[str, Path]]:
    """Yield (module name, file) of everything we ship."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(p for p in parts if p != "__init__"), path


def test_imports_go_one_way() -> None:
    wrong = [
        message
        for module, path in source_files()
        for message in violations(
            module, path.read_text(encoding="utf-8"), path.name == "__init__.py"
        )
    ]
    assert not wrong, "\n" + "\n".join(wrong)


def test_the_layers_have_no_cycle() -> None:
    """But for the connection and what acts on it: one layer in several files."""
    cycles = {part for part in LAYERS if part in allowed(part)}
    assert cycles <= {"connection", "cursor", "statements", "explain"}


@pytest.mark.parametrize(
    ("module", "source", "complaint"),
    [
        ("plan.show", "from queryleaf_dbapi.types import base", None),
        ("bind.query", "from queryleaf_dbapi.types.base import SqlType", None),
        ("plan.show", "from ..errors import InternalError", None),
        ("plan.show", "from . import visit", None),
        ("plan.show", "from ..lower import match", "plan must not import lower"),
        ("types.base", "import queryleaf_dbapi.plan", "types must not import plan"),
        ("bind.scope", "def f():\n  from .. import run", "bind must not import run"),
        ("rows.decode", "import queryleaf_dbapi", "rows must not import __init__"),
        ("errors", "from queryleaf_dbapi.types import base", "must not import types"),
        ("lower.match", "import sqlglot.expressions", "only bind, sql may import"),
        ("cursor", "from pymongo import MongoClient", "may import pymongo"),
        ("run.execute", "import pymongo, bson", None),
        ("cursor", "from bson import ObjectId", "may import bson"),
        ("connection", "import sqlalchemy", "only demo may import sqlalchemy"),
        ("connection", "import sqlalchemy_queryleaf", "built on it"),
        ("helpers", "import os", "say in LAYERS what 'helpers' may import"),
    ],
)
def test_the_law_bites(module: str, source: str, complaint: str | None) -> None:
    found = violations(f"{DRIVER}.{module}", source)
    assert len(found) == (complaint is not None), found
    assert complaint is None or complaint in found[0]


@pytest.mark.parametrize(
    ("module", "source", "is_right"),
    [
        ("sqlalchemy_queryleaf.types", "import queryleaf_dbapi", True),
        ("sqlalchemy_queryleaf.types", "from queryleaf_dbapi import errors", True),
        ("sqlalchemy_queryleaf.types", "from queryleaf_dbapi.types import X", True),
        ("sqlalchemy_queryleaf.types", "from queryleaf_dbapi import no_such", False),
        ("sqlalchemy_queryleaf.types", "from queryleaf_dbapi.run import x", False),
        ("sqlalchemy_queryleaf.types", "import queryleaf_dbapi.plan", False),
        ("sqlalchemy_queryleaf.types", "import alembic_ext", False),
        ("alembic_ext.impl", "import sqlalchemy_queryleaf", True),
        ("alembic_ext.impl", "from sqlalchemy_queryleaf.ddl import x", False),
    ],
)
def test_packages_above_use_public_names(
    module: str, source: str, is_right: bool
) -> None:
    assert (not violations(module, source)) is is_right
