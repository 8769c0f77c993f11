"""CREATE, ALTER and DROP: what differs from SQLAlchemy's generic DDL."""

from __future__ import annotations

from typing import Any

from sqlalchemy import types as sqltypes
from sqlalchemy.exc import CompileError
from sqlalchemy.schema import Sequence
from sqlalchemy.sql.compiler import DDLCompiler


class QueryLeafDDLCompiler(DDLCompiler):
    """DDL in PostgreSQL's spelling."""

    dialect: Any

    def get_column_specification(self, column: Any, **kwargs: Any) -> str:
        """`id SERIAL NOT NULL`, `name VARCHAR(30) DEFAULT 'x'`, ..."""
        text = self.preparer.format_column(column)
        if _is_serial(column):
            text += f" {_serial_name(column.type.dialect_impl(self.dialect))}"
        else:
            text += " " + self.dialect.type_compiler_instance.process(
                column.type, type_expression=column
            )
            default = self.get_column_default_string(column)
            if default is not None:
                text += f" DEFAULT {default}"
        if column.computed is not None:
            text += " " + self.process(column.computed)
        if column.identity is not None:
            text += " " + self.process(column.identity)
        elif not column.nullable:
            text += " NOT NULL"
        return text

    def get_identity_options(self, identity_options: Any) -> str:
        """What is the default anyway (NO MINVALUE, NO CYCLE, ...) is left out."""
        options = {
            "START WITH": identity_options.start,
            "INCREMENT BY": identity_options.increment,
            "MINVALUE": identity_options.minvalue,
            "MAXVALUE": identity_options.maxvalue,
            "CACHE": identity_options.cache,
            "CYCLE": identity_options.cycle or None,
        }
        return " ".join(
            name if value is True else f"{name} {value}"
            for name, value in options.items()
            if value is not None
        )

    def visit_computed_column(self, generated: Any, **kw: Any) -> str:
        """Generated columns are stored: a document has a place for them."""
        if generated.persisted is False:
            raise CompileError("QueryLeaf stores generated columns: persisted=False")
        text = self.sql_compiler.process(
            generated.sqltext, include_table=False, literal_binds=True
        )
        return f"GENERATED ALWAYS AS ({text}) STORED"

    def visit_create_index(
        self,
        create: Any,
        include_schema: bool = False,
        include_table_schema: bool = True,
        **kw: Any,
    ) -> str:
        """`queryleaf_using`, `_where`, `_include`, `_nulls_not_distinct` and, for
        `queryleaf_using="ttl"`, `queryleaf_expire_after` beside the generic parts."""
        index = create.element
        self._verify_index_table(index)
        options = index.dialect_options["queryleaf"]
        text = "CREATE UNIQUE INDEX " if index.unique else "CREATE INDEX "
        if create.if_not_exists:
            text += "IF NOT EXISTS "
        text += self._prepared_index_name(index, include_schema=False)
        table = self.preparer.format_table(index.table, use_schema=include_table_schema)
        using = f" USING {options['using']}" if options["using"] else ""
        keys = [self._expression(each) for each in index.expressions]
        text += f" ON {table}{using} ({', '.join(keys)})"
        if options["include"]:
            names = [getattr(each, "name", each) for each in options["include"]]
            text += f" INCLUDE ({', '.join(map(self.preparer.quote, names))})"
        if options["nulls_not_distinct"]:
            text += " NULLS NOT DISTINCT"
        if options["expire_after"] is not None:
            text += f" WITH (expire_after = {_literal(options['expire_after'])})"
        where = options["where"]
        if where is not None:
            text += (
                f" WHERE {where if isinstance(where, str) else self._expression(where)}"
            )
        return text

    def define_unique_constraint_distinct(self, constraint: Any, **kw: Any) -> str:
        """`queryleaf_nulls_not_distinct`."""
        options = constraint.dialect_options["queryleaf"]
        return "NULLS NOT DISTINCT " if options["nulls_not_distinct"] else ""

    def _expression(self, expression: Any) -> str:
        return self.sql_compiler.process(
            expression, include_table=False, literal_binds=True
        )

    def visit_drop_table_comment(self, drop: Any, **kw: Any) -> str:
        """The empty comment takes a comment away."""
        return f"COMMENT ON TABLE {self.preparer.format_table(drop.element)} IS ''"

    def visit_drop_column_comment(self, drop: Any, **kw: Any) -> str:
        """The empty comment takes a comment away."""
        column = self.preparer.format_column(
            drop.element, use_table=True, use_schema=True
        )
        return f"COMMENT ON COLUMN {column} IS ''"


def _literal(value: Any) -> str:
    if isinstance(value, int):
        return str(value)
    return "'" + str(value).replace("'", "''") + "'"


def _is_serial(column: Any) -> bool:
    """Whether the server numbers this key: an integer without another default."""
    default = column.default
    return (
        column.primary_key
        and column is column.table._autoincrement_column
        and column.identity is None
        and column.server_default is None
        and (default is None or (isinstance(default, Sequence) and default.optional))
    )


def _serial_name(sql_type: Any) -> str:
    if isinstance(sql_type, sqltypes.BigInteger):
        return "BIGSERIAL"
    if isinstance(sql_type, sqltypes.SmallInteger):
        return "SMALLSERIAL"
    return "SERIAL"
