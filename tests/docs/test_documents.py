"""Every ```python and ```sql block of README.md and docs/ runs, and prints what it
says. How blocks are run is in `blocks.py`."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


def load_blocks() -> ModuleType:
    """`blocks.py`, which lies beside this file and in no package."""
    spec = importlib.util.spec_from_file_location(
        "docs_blocks", Path(__file__).with_name("blocks.py")
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


blocks = load_blocks()


def documents() -> list[Path]:
    """The Markdown files that hold a block to run."""
    found = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return [
        path
        for path in found
        if any(each.is_run for each in blocks.read_blocks(path.read_text("utf-8")))
    ]


@pytest.mark.live
@pytest.mark.parametrize(
    "path", documents(), ids=lambda path: str(path.relative_to(ROOT))
)
def test_the_blocks_run(path: Path, tmp_path: Path) -> None:
    done = run(path, tmp_path)
    assert done.returncode == 0, f"\n{done.stdout}{done.stderr}"


def run(path: Path, directory: Path) -> subprocess.CompletedProcess[str]:
    """Run a document in an empty directory; a warning is an error."""
    search = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    return subprocess.run(
        [sys.executable, "-W", "error", blocks.__file__, path],
        cwd=directory,
        env={**os.environ, "PYTHONPATH": search},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.mark.live
@pytest.mark.parametrize(
    ("code", "complaint"),
    [
        ("python\n1 / 0\n```", "ZeroDivisionError"),
        ("sql\nSELECT 1 / 0;\n```", "ERROR 22012"),
        ("python\nprint(1)\n```\n\n```text\n2\n```", "-2\n+1"),
    ],
)
def test_what_does_not_run_is_found(code: str, complaint: str, tmp_path: Path) -> None:
    path = tmp_path / "document.md"
    path.write_text(f"# Title\n\n```{code}\n")
    done = run(path, tmp_path)
    assert done.returncode == 1
    assert done.stdout.startswith("document.md, line 4:\n")
    assert complaint in done.stdout


EXAMPLE = """\
# Title

```python
x = 1
```

```sql
SELECT 1;
```

```text
 ?column?
```

<!-- not run: it needs a cluster -->
```sql
SELECT 2
```
"""


def test_blocks_are_found_with_their_output() -> None:
    first, second, third = blocks.read_blocks(EXAMPLE)
    assert (first.language, first.code, first.line) == ("python", "x = 1\n", 4)
    assert (first.output, first.is_run) == (None, True)
    assert (second.language, second.output) == ("sql", " ?column?\n")
    assert (third.code, third.is_run) == ("SELECT 2\n", False)


def test_links_between_documents_lead_somewhere() -> None:
    """Of README.md, the tutorial and the reference."""
    reference = sorted((ROOT / "docs" / "reference").glob("*.md"))
    for path in (ROOT / "README.md", ROOT / "docs" / "tutorial.md", *reference):
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", path.read_text("utf-8")):
            if "://" not in target:
                assert (path.parent / target).exists(), f"{path.name}: {target}"
