"""A pipeline made ready: parameters, and rows of ours, filled in for each execution."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from queryleaf_dbapi.mongo.commands import VirtualRows, WorkingRows
from queryleaf_dbapi.mongo.slots import Filler, compile_template
from queryleaf_dbapi.mongo.stages import Stage, render_pipeline

Document = dict[str, Any]
Values = Sequence[Any]
VirtualSource = Callable[[str], list[Document]]
# the documents of each recursion by its key
WorkingTables = Mapping[int, Sequence[Any]]


class PipelineFiller:
    """The stages of a command as a function of parameters and rows."""

    __slots__ = ("_fill", "_has_rows", "_virtual")

    def __init__(self, stages: Sequence[Stage], virtual: VirtualSource) -> None:
        template = render_pipeline(stages)
        self._fill: Filler = compile_template(template)
        self._has_rows = _mentions_rows(template)
        self._virtual = virtual

    def fill(self, values: Values, working: WorkingTables) -> list[Document]:
        """The pipeline as the server is sent it; the caller must not change it."""
        filled = self._fill(values)
        if self._has_rows:
            filled = self._with_rows(filled, working)
        pipeline: list[Document] = filled
        return pipeline

    def _with_rows(self, template: Any, working: WorkingTables) -> Any:
        if isinstance(template, VirtualRows):
            return {"$literal": self._virtual(template.name)}
        if isinstance(template, WorkingRows):
            return {"$literal": working.get(template.key, [])}
        if isinstance(template, dict):
            return {k: self._with_rows(each, working) for k, each in template.items()}
        if isinstance(template, list):
            return [self._with_rows(each, working) for each in template]
        return template


def _mentions_rows(template: Any) -> bool:
    if isinstance(template, VirtualRows | WorkingRows):
        return True
    if isinstance(template, dict):
        return any(map(_mentions_rows, template.values()))
    if isinstance(template, list):
        return any(map(_mentions_rows, template))
    return False
