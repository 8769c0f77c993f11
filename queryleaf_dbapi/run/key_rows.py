"""FOREIGN KEYs over rows that are there already: ALTER TABLE ... ADD CONSTRAINT."""

from __future__ import annotations

from typing import Any

from pymongo.database import Database

from queryleaf_dbapi.catalog.catalog import Collection, ForeignKey
from queryleaf_dbapi.catalog.declared import from_document
from queryleaf_dbapi.catalog.names import CATALOG_COLLECTION
from queryleaf_dbapi.errors import ForeignKeyViolation


def check_new_keys(database: Database[dict[str, Any]], table: Collection) -> None:
    """Refuse the foreign keys of a table that its entry does not have yet where some
    row has no parent; ForeignKeyViolation."""
    entry = database[CATALOG_COLLECTION].find_one({"_id": {"$eq": table.name}})
    known = from_document(entry, database.name).foreign_keys if entry else ()
    names = {key.name for key in known}
    for key in table.foreign_keys:
        if key.name in names:
            continue
        orphans = database[table.name].aggregate(orphans_of(key))
        if next(orphans, None) is not None:
            columns = ", ".join(key.columns)
            raise ForeignKeyViolation(
                f'insert or update on table "{table.name}" violates foreign key '
                f'constraint "{key.name}": key ({columns}) is not present in table '
                f'"{key.table}"'
            )


def orphans_of(key: ForeignKey) -> list[dict[str, Any]]:
    """The stages that leave one row without a parent, if there is one."""
    lookup: dict[str, Any] = {"from": key.table, "as": "parents"}
    if len(key.columns) == 1:
        lookup.update(localField=key.columns[0], foreignField=key.referred[0])
    else:
        names = [f"v{number}" for number, _ in enumerate(key.columns)]
        pairs = zip(names, key.referred, strict=True)
        lookup["let"] = {
            name: f"${column}" for name, column in zip(names, key.columns, strict=True)
        }
        equal = [{"$eq": [f"${column}", f"$${name}"]} for name, column in pairs]
        lookup["pipeline"] = [{"$match": {"$expr": {"$and": equal}}}, {"$limit": 1}]
    return [
        {"$match": {name: {"$ne": None} for name in key.columns}},
        {"$project": {"_id": 0, **dict.fromkeys(key.columns, 1)}},
        {"$lookup": lookup},
        {"$match": {"parents": {"$eq": []}}},
        {"$limit": 1},
    ]
