"""CREATE TABLE AS -> the pipeline that fills the new table, on the server."""

from __future__ import annotations

from queryleaf_dbapi.lower.context import start_numbering
from queryleaf_dbapi.lower.pipeline import as_field
from queryleaf_dbapi.lower.statements import lower_top
from queryleaf_dbapi.mongo import stages as mongo
from queryleaf_dbapi.mongo.commands import Aggregate
from queryleaf_dbapi.plan.expressions import ColumnRef
from queryleaf_dbapi.plan.schema_statements import CreateTableAs


def lower_filling(statement: CreateTableAs, database: str) -> Aggregate:
    """The query with its columns under the names of the table's, into the table."""
    table, relation = statement.creation.table, statement.relation
    start_numbering()
    pipeline = lower_top(relation, database, False)
    fields: mongo.Document = {}
    for field, column in zip(table.fields, relation.columns, strict=True):
        reference = ColumnRef(column.id, column.name, column.type, column.nullable)
        fields[field.name] = as_field(pipeline.value_of(reference))
    pipeline.add(mongo.Project(fields))
    pipeline.add(mongo.InsertInto(table.database, table.name))
    stages = tuple(pipeline.stages)
    return Aggregate(pipeline.database, pipeline.collection, stages)
