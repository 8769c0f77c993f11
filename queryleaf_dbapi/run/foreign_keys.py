"""FOREIGN KEYs of one statement: what it wrote is looked at when it has ended.

As in PostgreSQL the checks are events in a queue: those of the rows the statement
wrote come first, those of rows that CASCADE and SET changed after them. So one DELETE
may take parent and child, one INSERT may bring rows that refer to each other, and
NO ACTION still sees the children that only another key's CASCADE would remove later.

Every event is a few commands for all its rows together; none of them is per row, but
for ON UPDATE CASCADE, which is one update per changed key.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pymongo import UpdateMany
from pymongo.client_session import ClientSession
from pymongo.errors import PyMongoError

from queryleaf_dbapi.catalog.catalog import ForeignKey
from queryleaf_dbapi.catalog.references import References
from queryleaf_dbapi.catalog.violation import violation_error
from queryleaf_dbapi.errors import ForeignKeyViolation
from queryleaf_dbapi.run.error_map import validation_details
from queryleaf_dbapi.run.generated import Computing
from queryleaf_dbapi.run.key_locks import KeyLocks
from queryleaf_dbapi.run.key_values import Key, KeySet, filters, identity, key_of
from queryleaf_dbapi.run.session import Session

Document = dict[str, Any]
_IDS_PER_COMMAND = 50_000


@dataclass(frozen=True, slots=True)
class _Gone:
    """Keys of a table that are no more: of deleted rows, or changed ones (`became`
    has the new key of each, by its identity)."""

    child: str
    key: ForeignKey
    keys: KeySet
    became: Mapping[Key, Key] | None = None

    @property
    def action(self) -> str | None:
        """What the foreign key says about it; None for NO ACTION."""
        return self.key.on_delete if self.became is None else self.key.on_update


@dataclass(frozen=True, slots=True)
class _Written:
    """Keys that rows of `child` refer to since they were written."""

    child: str
    key: ForeignKey
    keys: KeySet


class ForeignKeys:
    """The events of one statement, inside its transaction."""

    def __init__(
        self, references: References, session: Session, inside: ClientSession
    ) -> None:
        self.references = references
        self._inside = inside
        self._database = session.database(references.database)
        self._locks = KeyLocks(
            session.client, references.database, inside, session.stripe
        )
        for table in {
            *(key.table for t in references.tables.values() for key in t.foreign_keys),
            *(name for name, t in references.tables.items() if t.referred_by),
        }:
            self._locks.prepare(table)
        self._events: deque[_Gone | _Written] = deque()

    def _rows(self, table: str) -> Any:
        rows = self._database[table]
        generated = self.references.generated.get(table)
        return Computing(rows, generated, self._inside) if generated else rows

    # --- what was written

    def inserted(self, table: str, documents: Sequence[Mapping[str, Any]]) -> None:
        """Rows are new: their parents must be there."""
        for key in self.references.tables[table].foreign_keys:
            keys = KeySet.of(documents, key.columns)
            if keys:
                self._events.append(_Written(table, key, keys))

    def deleted(self, table: str, before: Sequence[Mapping[str, Any]]) -> None:
        """Rows are gone; `before` has their columns that are referred to."""
        for child, key in self.references.children(table):
            keys = KeySet.of(before, key.referred)
            if keys:
                self._events.append(_Gone(child, key, keys))

    def updated(
        self,
        table: str,
        before: Sequence[Mapping[str, Any]],
        after: Sequence[Mapping[str, Any]],
    ) -> None:
        """Rows have changed; both sides have `_id` and the columns of keys."""
        old = {row["_id"]: row for row in before}
        pairs = [(old[row["_id"]], row) for row in after if row["_id"] in old]
        for child, key in self.references.children(table):
            became: dict[Key, Key] = {}
            gone = []
            for was, now in pairs:
                was_key = key_of(was, key.referred)
                now_key = tuple(now.get(name) for name in key.referred)
                if was_key is not None and identity(was_key) != identity(now_key):
                    gone.append(was_key)
                    became[identity(was_key)] = now_key
            if gone:
                self._events.append(_Gone(child, key, KeySet(gone), became))
        for key in self.references.tables[table].foreign_keys:
            keys = KeySet(
                key_of(now, key.columns)
                for was, now in pairs
                if key_of(now, key.columns) != key_of(was, key.columns)
            )
            if keys:
                self._events.append(_Written(table, key, keys))

    # --- the statement has ended

    def finish(self) -> None:
        """Check and act, until nothing is left; ForeignKeyViolation."""
        while self._events:
            event = self._events.popleft()
            if isinstance(event, _Written):
                self._check_parents(event)
            else:
                self._act(event)

    def _check_parents(self, event: _Written) -> None:
        key = event.key
        self._locks.share(key.table, event.keys)
        missing = event.keys.without(self._existing(key, event.keys))
        if not missing:
            return
        # the row may be gone by now: what is checked is what the statement leaves
        if self._has_child(event.child, key, missing):
            columns = ", ".join(key.columns)
            raise ForeignKeyViolation(
                f'insert or update on table "{event.child}" violates foreign key '
                f'constraint "{key.name}": key ({columns}) is not present in table '
                f'"{key.table}"'
            )

    def _existing(self, key: ForeignKey, keys: KeySet) -> KeySet:
        """Those of the keys that the parents have."""
        projection = {"_id": 0, **dict.fromkeys(key.referred, 1)}
        found: list[Document] = []
        for query in filters(key.referred, keys):
            cursor = self._rows(key.table).find(
                query, projection, session=self._inside, batch_size=len(keys) + 1
            )
            found += cursor.to_list()
        return KeySet.of(found, key.referred)

    def _has_child(self, child: str, key: ForeignKey, keys: KeySet) -> bool:
        return any(
            self._rows(child).find_one(query, {"_id": 1}, session=self._inside)
            for query in filters(key.columns, keys)
        )

    def _act(self, event: _Gone) -> None:
        key, action = event.key, event.action
        self._locks.exclude(key.table, event.keys)
        if action in (None, "RESTRICT"):
            self._check_children(event)
        elif action == "CASCADE" and event.became is None:
            self._delete_children(event)
        elif action == "CASCADE":
            self._move_children(event, event.became or {})
        elif action == "SET NULL":
            self._set_children(event, dict.fromkeys(key.columns))
        else:
            changes = {
                name: self.references.defaults.get((event.child, name))
                for name in key.columns
            }
            self._set_children(event, changes)
            # the default may be the very key that is gone
            self._check_children(event, but_existing=True)

    def _check_children(self, event: _Gone, but_existing: bool = False) -> None:
        key, keys = event.key, event.keys
        if event.action is None or but_existing:
            # NO ACTION is content with another row that has the key now
            keys = keys.without(self._existing(key, keys))
        if keys and self._has_child(event.child, key, keys):
            columns = ", ".join(key.referred)
            raise ForeignKeyViolation(
                f'update or delete on table "{key.table}" violates foreign key '
                f'constraint "{key.name}" on table "{event.child}": key ({columns}) is '
                f'still referenced from table "{event.child}"'
            )

    # --- actions

    def _children(self, event: _Gone) -> list[Document]:
        """The rows that refer to the keys: `_id` and the columns of any key."""
        columns = self.references.concerned(event.child) | set(event.key.columns)
        projection = {"_id": 1, **dict.fromkeys(columns, 1)}
        found: list[Document] = []
        for query in filters(event.key.columns, event.keys):
            rows = self._rows(event.child).find(query, projection, session=self._inside)
            found += rows.to_list()
        return found

    def _delete_children(self, event: _Gone) -> None:
        before = self._children(event)
        for some in _chunks([row["_id"] for row in before]):
            self._rows(event.child).delete_many(
                {"_id": {"$in": some}}, session=self._inside
            )
        self.deleted(event.child, before)

    def _set_children(self, event: _Gone, changes: Document) -> None:
        """SET NULL and SET DEFAULT: values, or expressions of the server."""
        rows = self._rows(event.child)
        update = [{"$set": changes}]
        self._change(
            event,
            lambda ids: rows.update_many(
                {"_id": {"$in": ids}}, update, session=self._inside
            ),
        )

    def _move_children(self, event: _Gone, became: Mapping[Key, Key]) -> None:
        """ON UPDATE CASCADE: by _id, for a key may become one that another had."""
        rows = self._rows(event.child)
        columns = event.key.columns

        def move(before: list[Document]) -> None:
            moved: dict[Key, list[Any]] = {}
            for row in before:
                key = key_of(row, columns)
                assert key is not None
                moved.setdefault(identity(key), []).append(row["_id"])
            requests = [
                UpdateMany(
                    {"_id": {"$in": ids}},
                    {"$set": dict(zip(columns, became[key], strict=True))},
                )
                for key, ids in moved.items()
            ]
            if requests:
                rows.bulk_write(requests, session=self._inside)

        self._change_rows(event, move)

    def _change(self, event: _Gone, change: Callable[[list[Any]], Any]) -> None:
        def change_all(before: list[Document]) -> None:
            for some in _chunks([row["_id"] for row in before]):
                change(some)

        self._change_rows(event, change_all)

    def _change_rows(
        self, event: _Gone, change: Callable[[list[Document]], None]
    ) -> None:
        """Change the children; what that means for their own keys are new events."""
        before = self._children(event)
        if not before:
            return
        table = self.references.tables[event.child]
        try:
            change(before)
        except PyMongoError as error:
            details = validation_details(error)
            if details is None:
                raise
            refusal = violation_error(table, details)
            refusal.server_code = None  # it has its name: not the target's validator
            raise refusal from error
        after = read_rows(
            self._rows(event.child),
            [row["_id"] for row in before],
            self.references.concerned(event.child),
            self._inside,
        )
        self.updated(event.child, before, after)


def read_rows(
    rows: Any,
    ids: Sequence[Any],
    columns: frozenset[str],
    inside: ClientSession,
) -> list[Document]:
    """`_id` and some columns of documents, by _id."""
    projection = {"_id": 1, **dict.fromkeys(columns, 1)}
    found: list[Document] = []
    for some in _chunks(ids):
        query = {"_id": {"$in": some}}
        found += rows.find(query, projection, session=inside).to_list()
    return found


def _chunks(ids: Sequence[Any]) -> list[list[Any]]:
    size = _IDS_PER_COMMAND
    return [list(ids[at : at + size]) for at in range(0, len(ids), size)]
