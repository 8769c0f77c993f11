"""Statements: the SQL that must differ from SQLAlchemy's generic form.

The driver reads PostgreSQL's SQL, so these are PostgreSQL's spellings. Nothing is
worked around here: what the driver does not support it refuses by name and place, and
a clause such as FOR UPDATE is written so that it is refused, never left out.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import cast
from sqlalchemy import types as sqltypes
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import BindParameter

from sqlalchemy_queryleaf.upsert import OnConflict


class QueryLeafCompiler(OnConflict, SQLCompiler):
    """SELECT, INSERT, UPDATE and DELETE in PostgreSQL's spelling."""

    dialect: Any

    # --- clauses

    def get_select_precolumns(self, select: Any, **kw: Any) -> str:
        """DISTINCT and DISTINCT ON; the generic compiler leaves the latter out."""
        if select._distinct_on:
            columns = [self.process(each, **kw) for each in select._distinct_on]
            return f"DISTINCT ON ({', '.join(columns)}) "
        return "DISTINCT " if select._distinct else ""

    def visit_postgresql_distinct_on(self, element: Any, **kw: Any) -> str | None:
        """SQLAlchemy 2.1's form of DISTINCT ON, an extension of SELECT."""
        columns = [self.process(each, **kw) for each in element._distinct_on]
        return f"ON ({', '.join(columns)})" if columns else None

    def limit_clause(self, select: Any, **kw: Any) -> str:
        """OFFSET stands alone: no LIMIT -1 before it."""
        text = ""
        if select._limit_clause is not None:
            text += "\n LIMIT " + self.process(select._limit_clause, **kw)
        if select._offset_clause is not None:
            text += "\n OFFSET " + self.process(select._offset_clause, **kw)
        return text

    def fetch_clause(
        self,
        select: Any,
        fetch_clause: Any = None,
        require_offset: bool = False,
        use_literal_execute_for_simple_int: bool = False,
        **kw: Any,
    ) -> str:
        """OFFSET and FETCH take an expression in parentheses only."""
        text = ""
        if select._offset_clause is not None:
            text += f"\n OFFSET ({self.process(select._offset_clause, **kw)}) ROWS"
        if select._fetch_clause is not None:
            options = select._fetch_clause_options
            percent = " PERCENT" if options["percent"] else ""
            ties = "WITH TIES" if options["with_ties"] else "ONLY"
            count = self.process(select._fetch_clause, **kw)
            text += f"\n FETCH FIRST ({count}){percent} ROWS {ties}"
        return text

    def for_update_clause(self, select: Any, **kw: Any) -> str:
        """The driver refuses row locks: let it see all that was asked for."""
        lock = select._for_update_arg
        text = " FOR SHARE" if lock.read else " FOR UPDATE"
        if lock.nowait:
            text += " NOWAIT"
        return text + (" SKIP LOCKED" if lock.skip_locked else "")

    def update_from_clause(
        self,
        update_stmt: Any,
        from_table: Any,
        extra_froms: Any,
        from_hints: Any,
        **kw: Any,
    ) -> str:
        """UPDATE ... FROM."""
        return "FROM " + self._tables(extra_froms, from_hints, kw)

    def delete_extra_from_clause(
        self,
        delete_stmt: Any,
        from_table: Any,
        extra_froms: Any,
        from_hints: Any,
        **kw: Any,
    ) -> str:
        """DELETE ... USING."""
        return "USING " + self._tables(extra_froms, from_hints, kw)

    def _tables(self, tables: Any, hints: Any, kw: dict[str, Any]) -> str:
        kw["asfrom"] = True
        return ", ".join(
            each._compiler_dispatch(self, fromhints=hints, **kw) for each in tables
        )

    # --- operators

    def visit_ilike_op_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        """ILIKE, which the generic compiler writes with lower()."""
        return self._like("ILIKE", binary, kw)

    def visit_not_ilike_op_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        """NOT ILIKE."""
        return self._like("NOT ILIKE", binary, kw)

    def visit_ilike_case_insensitive_operand(self, element: Any, **kw: Any) -> str:
        """The operand as it is: ILIKE folds case itself."""
        return str(element.element._compiler_dispatch(self, **kw))

    def _like(self, word: str, binary: Any, kw: dict[str, Any]) -> str:
        left = self.process(binary.left, **kw)
        text = f"{left} {word} {self.process(binary.right, **kw)}"
        escape = binary.modifiers.get("escape")
        if escape is not None:
            text += " ESCAPE " + self.render_literal_value(escape, sqltypes.String())
        return text

    def visit_regexp_match_op_binary(
        self, binary: Any, operator: Any, **kw: Any
    ) -> str:
        """`~`, or `~*` for the flag i."""
        return self._regexp("~", binary, kw)

    def visit_not_regexp_match_op_binary(
        self, binary: Any, operator: Any, **kw: Any
    ) -> str:
        """`!~`, or `!~*` for the flag i."""
        return self._regexp("!~", binary, kw)

    def _regexp(self, operator: str, binary: Any, kw: dict[str, Any]) -> str:
        flags = binary.modifiers["flags"]
        if flags == "i":
            operator += "*"
        left = self.process(binary.left, **kw)
        pattern = self.process(binary.right, **kw)
        if flags and flags != "i":
            written = self.render_literal_value(f"(?{flags})", sqltypes.String())
            pattern = f"({written} || {pattern})"
        return f"{left} {operator} {pattern}"

    def visit_regexp_replace_op_binary(
        self, binary: Any, operator: Any, **kw: Any
    ) -> str:
        """regexp_replace(text, pattern, replacement[, flags])."""
        text = self.process(binary.left, **kw)
        rest = self.process(binary.right, **kw)
        flags = binary.modifiers["flags"]
        if flags is not None:
            rest += ", " + self.render_literal_value(flags, sqltypes.String())
        return f"REGEXP_REPLACE({text}, {rest})"

    def visit_bitwise_xor_op_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        """`#`: in PostgreSQL `^` is the power."""
        return self._generate_generic_binary(binary, " # ", **kw)

    def visit_json_getitem_op_binary(
        self, binary: Any, operator: Any, _cast_applied: bool = False, **kw: Any
    ) -> str:
        """`doc -> key`; `->>` under a cast where a scalar was asked for."""
        return self._json_item(binary, _cast_applied, ("->", "->>"), kw)

    def visit_json_path_getitem_op_binary(
        self, binary: Any, operator: Any, _cast_applied: bool = False, **kw: Any
    ) -> str:
        """`doc #> path`; `#>>` under a cast where a scalar was asked for."""
        return self._json_item(binary, _cast_applied, ("#>", "#>>"), kw)

    def _json_item(
        self, binary: Any, is_cast: bool, operators: tuple[str, str], kw: dict[str, Any]
    ) -> str:
        if not is_cast and binary.type._type_affinity is not sqltypes.JSON:
            kw["_cast_applied"] = True
            return self.process(cast(binary, binary.type), **kw)
        kw["eager_grouping"] = True
        if isinstance(binary.right, BindParameter):
            # a key in the text and not a parameter: a constant path may use an index
            binary = binary._clone()
            binary.right = binary.right.render_literal_execute()
        word = operators[1] if is_cast else operators[0]
        return self._generate_generic_binary(binary, f" {word} ", **kw)

    def visit_getitem_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        """An item of an array."""
        left = self.process(binary.left, **kw)
        return f"{left}[{self.process(binary.right, **kw)}]"

    def visit_slice(self, element: Any, **kw: Any) -> str:
        """A part of an array."""
        start = self.process(element.start, **kw)
        return f"{start}:{self.process(element.stop, **kw)}"

    def visit_array(self, element: Any, **kw: Any) -> str:
        """ARRAY[...]; one without items needs its type said."""
        if not element.clauses and not element.type.item_type._isnull:
            name = self.dialect.type_compiler_instance.process(element.type)
            return f"CAST(ARRAY[] AS {name})"
        items = [self.process(each, **kw) for each in element.clauses]
        return f"ARRAY[{', '.join(items)}]"

    # --- functions and other expressions

    def visit_empty_set_expr(self, element_types: Any, **kw: Any) -> str:
        """A query without rows, of the types it is compared with."""
        process = self.dialect.type_compiler_instance.process
        nulls = [
            f"CAST(NULL AS {'INTEGER' if each._isnull else process(each)})"
            for each in element_types or [sqltypes.INTEGER()]
        ]
        return f"SELECT {', '.join(nulls)} WHERE 1 != 1"

    def visit_sequence(self, sequence: Any, **kw: Any) -> str:
        """nextval('name')."""
        preparer: Any = self.preparer
        return f"nextval({preparer.sequence_literal(sequence)})"

    def visit_aggregate_strings_func(self, fn: Any, **kw: Any) -> str:
        """string_agg()."""
        kw["use_function_name"] = "string_agg"
        generic: Any = super().visit_aggregate_strings_func
        return str(generic(fn, **kw))

    def visit_pow_func(self, fn: Any, **kw: Any) -> str:
        """power()."""
        return f"power{self.function_argspec(fn)}"
