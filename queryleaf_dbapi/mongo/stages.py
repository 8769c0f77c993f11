"""Pipeline stages as frozen dataclasses, and their form on the wire."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from queryleaf_dbapi.mongo.unfolded import unfolded

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Stage:
    """Base of all stages."""

    def render(self) -> Document:
        """The stage as the server reads it; slots are filled later."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Match(Stage):
    """Keep the documents that fit a query document."""

    query: Document

    def render(self) -> Document:
        return {"$match": self.query}


@dataclass(frozen=True, slots=True)
class Project(Stage):
    """Only these fields: 1 keeps a stored one, an expression computes one."""

    fields: Document

    def render(self) -> Document:
        fields = self.fields
        if not any(name == "_id" or name.startswith("_id.") for name in fields):
            fields = {"_id": 0, **fields}
        return {"$project": fields}


@dataclass(frozen=True, slots=True)
class Without(Stage):
    """All fields but these."""

    names: tuple[str, ...]

    def render(self) -> Document:
        return {"$project": dict.fromkeys(self.names, 0)}


@dataclass(frozen=True, slots=True)
class Set(Stage):
    """Add or replace fields, keep the others."""

    fields: Document

    def render(self) -> Document:
        return {"$set": self.fields}


@dataclass(frozen=True, slots=True)
class Group(Stage):
    """One document per distinct key."""

    key: Any
    accumulators: Document

    def render(self) -> Document:
        return {"$group": {"_id": self.key, **self.accumulators}}


@dataclass(frozen=True, slots=True)
class Sort(Stage):
    """Order by paths, 1 up and -1 down."""

    keys: Mapping[str, int]

    def render(self) -> Document:
        return {"$sort": dict(self.keys)}


@dataclass(frozen=True, slots=True)
class Skip(Stage):
    """Leave out the first documents."""

    count: Any

    def render(self) -> Document:
        return {"$skip": self.count}


@dataclass(frozen=True, slots=True)
class Limit(Stage):
    """Keep the first documents; the server refuses 0."""

    count: Any

    def render(self) -> Document:
        return {"$limit": self.count}


@dataclass(frozen=True, slots=True)
class Lookup(Stage):
    """Join: by equality of two fields, by a pipeline, or by both."""

    collection: str | None  # None: the pipeline starts with $documents
    into: str
    local: str | None = None
    foreign: str | None = None
    variables: Document | None = None
    pipeline: Sequence[Stage] | None = None

    def render(self) -> Document:
        body: Document = {}
        if self.collection is not None:
            body["from"] = self.collection
        if self.local is not None:
            body["localField"] = self.local
            body["foreignField"] = self.foreign
        if self.variables:
            body["let"] = self.variables
        if self.pipeline is not None:
            body["pipeline"] = render_pipeline(self.pipeline)
            if self.variables:
                body["pipeline"] = unfolded(body["pipeline"])
        body["as"] = self.into
        return {"$lookup": body}


@dataclass(frozen=True, slots=True)
class Unwind(Stage):
    """One document per array element."""

    path: str
    keep_empty: bool = False
    index: str | None = None  # the field that gets the element's place, from 0

    def render(self) -> Document:
        body: Document = {"path": self.path}
        if self.index is not None:
            body["includeArrayIndex"] = self.index
        if self.keep_empty:
            body["preserveNullAndEmptyArrays"] = True
        return {"$unwind": self.path if len(body) == 1 else body}


@dataclass(frozen=True, slots=True)
class InsertInto(Stage):
    """Insert the documents into a collection; the last stage."""

    database: str
    collection: str

    def render(self) -> Document:
        into = {"db": self.database, "coll": self.collection}
        return {"$merge": {"into": into, "whenMatched": "fail"}}


@dataclass(frozen=True, slots=True)
class UnionWith(Stage):
    """Append the documents of another pipeline."""

    collection: str | None
    pipeline: Sequence[Stage]

    def render(self) -> Document:
        body: Document = {}
        if self.collection is not None:
            body["coll"] = self.collection
        body["pipeline"] = render_pipeline(self.pipeline)
        return {"$unionWith": body}


@dataclass(frozen=True, slots=True)
class ReplaceRoot(Stage):
    """The document becomes the value of an expression."""

    root: Any

    def render(self) -> Document:
        return {"$replaceRoot": {"newRoot": self.root}}


@dataclass(frozen=True, slots=True)
class Facet(Stage):
    """One document holding the result arrays of pipelines over the same input."""

    pipelines: Mapping[str, Sequence[Stage]]

    def render(self) -> Document:
        return {
            "$facet": {
                name: render_pipeline(stages) for name, stages in self.pipelines.items()
            }
        }


@dataclass(frozen=True, slots=True)
class Documents(Stage):
    """Documents written in the command; the start of a pipeline."""

    documents: Any

    def render(self) -> Document:
        return {"$documents": self.documents}


@dataclass(frozen=True, slots=True)
class SetWindowFields(Stage):
    """Window functions over one partition and order."""

    partition: Any
    order: Mapping[str, int]
    output: Document

    def render(self) -> Document:
        body: Document = {}
        if self.partition is not None:
            body["partitionBy"] = self.partition
        if self.order:
            body["sortBy"] = dict(self.order)
        body["output"] = self.output
        return {"$setWindowFields": body}


def render_pipeline(stages: Sequence[Stage]) -> list[Document]:
    """A pipeline as the server reads it."""
    return [stage.render() for stage in stages]
