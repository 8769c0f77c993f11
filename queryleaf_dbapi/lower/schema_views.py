"""CREATE VIEW: the view of the server, for programs that know no SQL.

Queries of ours do not read it (`bind/views.py` puts the definition in its place, so
that one command with its indexes is left); it shows the same rows, under the
names of the columns. A missing value stays missing.
"""

from __future__ import annotations

from queryleaf_dbapi.catalog.changes import ViewCreation
from queryleaf_dbapi.catalog.declared import to_document
from queryleaf_dbapi.catalog.names import CATALOG_COLLECTION
from queryleaf_dbapi.lower.context import start_numbering
from queryleaf_dbapi.lower.pipeline import as_field
from queryleaf_dbapi.lower.statements import lower_top
from queryleaf_dbapi.mongo import stages as mongo
from queryleaf_dbapi.mongo.slots import compile_template
from queryleaf_dbapi.plan.expressions import ColumnRef
from queryleaf_dbapi.plan.schema_statements import CreateView


def lower_create_view(statement: CreateView) -> ViewCreation:
    """The pipeline of the view and its entry."""
    view, relation = statement.view, statement.relation
    start_numbering()
    pipeline = lower_top(relation, view.database, False)
    names = [each.name for each in view.fields]
    fields: mongo.Document = {} if "_id" in names else {"_id": 0}
    for name, column in zip(names, relation.columns, strict=True):
        reference = ColumnRef(column.id, column.name, column.type, column.nullable)
        fields[name] = as_field(pipeline.value_of(reference))
    pipeline.add(mongo.Project(fields))
    stages = mongo.render_pipeline(pipeline.stages)
    view_on = pipeline.collection
    if view_on is None:
        # $documents begins no view: it is joined to a collection that is never made
        view_on = f"{CATALOG_COLLECTION}.nothing"
        stages = [{"$unionWith": {"pipeline": stages}}]
    filled = compile_template(stages)(())
    return ViewCreation(
        view.database,
        view.name,
        view_on,
        tuple(filled),
        to_document(view),
        statement.replaces,
    )
