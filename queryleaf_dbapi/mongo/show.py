"""The commands of a Mongo plan as text: what EXPLAIN and the case files print.

    people.find({"age": {"$gt": 30}}, {"_id": 0, "name": 1})
    people.aggregate([
      {"$group": {"_id": "$city", "count": {"$sum": 1}}},
      {"$project": {"count": 1}}
    ])

Slots print as <$1>; values that JSON does not have print as the shell writes them.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from bson.decimal128 import Decimal128
from bson.max_key import MaxKey
from bson.min_key import MinKey
from bson.objectid import ObjectId
from bson.regex import Regex

from queryleaf_dbapi.mongo.commands import (
    DEFAULT,
    EXCLUDED_FIELD,
    Aggregate,
    DeleteRows,
    Find,
    InsertRows,
    MergeRows,
    MongoPlan,
    Recursion,
    UpdateRows,
    VirtualRows,
    WorkingRows,
)
from queryleaf_dbapi.mongo.slots import CountSlot, PatternSlot, Slot
from queryleaf_dbapi.mongo.stages import render_pipeline

_WIDTH = 88


def show_plan(plan: MongoPlan) -> str:
    """Every command of a statement."""
    return show_command(plan.command)


def show_command(command: Any) -> str:
    """One command."""
    match command:
        case Find():
            return _show_find(command)
        case Aggregate():
            return _show_aggregate(command)
        case InsertRows():
            return _show_insert(command)
        case UpdateRows(select=None):
            changes = [{"$set": command.changes}]
            return _call(
                command.target.collection, "updateMany", command.filter, changes
            )
        case UpdateRows(select=Aggregate() as select):
            sets = {path: f"<{name}>" for path, name in command.changes.items()}
            update = _call(
                command.target.collection, "updateOne", {"_id": "<_id>"}, {"$set": sets}
            )
            return f"{_show_aggregate(select)}\n-- then for each\n{update}"
        case MergeRows():
            return _show_merge(command)
        case DeleteRows(select=None):
            return _call(command.target.collection, "deleteMany", command.filter)
        case DeleteRows(select=Aggregate() as select):
            ids = {"_id": {"$in": "<_ids>"}}
            delete = _call(command.target.collection, "deleteMany", ids)
            return f"{_show_aggregate(select)}\n-- then\n{delete}"
        case _:
            return type(command).__name__


def _call(collection: str, method: str, *arguments: Any) -> str:
    return f"{collection}.{method}({', '.join(map(to_json, arguments))})"


def _show_find(command: Find) -> str:
    text = _call(command.collection, "find", command.filter, command.projection or {})
    if command.sort:
        text += f".sort({to_json(command.sort)})"
    if command.skip is not None:
        text += f".skip({to_json(command.skip)})"
    if command.limit is not None:
        text += f".limit({to_json(command.limit)})"
    return text


def _show_aggregate(command: Aggregate) -> str:
    name = command.collection if command.collection is not None else "db"
    before = "".join(map(_show_recursion, command.recursions))
    stages = render_pipeline(command.stages)
    lines = ",\n".join(_indented(to_json(stage), stage) for stage in stages)
    text = f"{before}{name}.aggregate([\n{lines}\n])"
    if command.when_empty is not None:
        inner = ", ".join(map(to_json, render_pipeline(command.when_empty)))
        text += f"\n-- when there is no row\ndb.aggregate([{inner}])"
    return text


def _show_recursion(recursion: Recursion) -> str:
    new = "" if recursion.all else "new "
    return (
        f"-- the rows of {recursion.name}\n{_show_aggregate(recursion.initial)}\n"
        f"-- again over the {new}rows it gave, until it gives none\n"
        f"{_show_aggregate(recursion.step)}\n-- then\n"
    )


def _indented(text: str, stage: Any, depth: int = 1) -> str:
    """One line, or a sub-pipeline's stages on lines of their own when it is long."""
    pad = "  " * depth
    if len(pad) + len(text) <= _WIDTH:
        return pad + text
    (name, body), *_ = stage.items()
    pipeline = body.get("pipeline") if isinstance(body, dict) else None
    if not isinstance(pipeline, list) or not pipeline:
        return pad + text
    others = {key: value for key, value in body.items() if key != "pipeline"}
    head = ", ".join(f"{to_json(k)}: {to_json(v)}" for k, v in others.items())
    inner = ",\n".join(_indented(to_json(s), s, depth + 1) for s in pipeline)
    comma = ", " if head else ""
    return f'{pad}{{"{name}": {{{head}{comma}"pipeline": [\n{inner}\n{pad}]}}}}'


def _show_insert(command: InsertRows) -> str:
    if command.source is not None:
        names = [f.name for f in command.fields if f.position is not None]
        source = show_command(command.source)
        insert = _call(command.target.collection, "insertMany", names)
        return f"{source}\n-- then\n{insert}{_show_conflict(command)}"
    documents = []
    for row in command.rows[:5]:
        document = {}
        for field in command.fields:
            cell = DEFAULT if field.position is None else row[field.position]
            document[field.name] = _default(field) if cell is DEFAULT else cell
        documents.append(document)
    more = f" -- and {len(command.rows) - 5} more" if len(command.rows) > 5 else ""
    insert = _call(command.target.collection, "insertMany", documents) + more
    return insert + _show_conflict(command)


def _show_merge(command: MergeRows) -> str:
    lines = []
    target = command.target.collection
    for read in command.reads:
        lines.append(show_command(read.command))
        for number, action in enumerate(read.actions):
            if action.insert is not None:
                names = [f.name for f in action.insert.fields]
                text = _call(target, "insertMany", names)
            elif action.update is not None:
                sets = {path: f"<{index}>" for path, index in action.update.items()}
                text = _call(target, "updateOne", {"_id": "<_id>"}, {"$set": sets})
            else:
                text = _call(target, "deleteMany", {"_id": {"$in": "<_ids>"}})
            lines.append(f"-- then where the action is {number}\n{text}")
    return "\n".join(lines)


def _show_conflict(command: InsertRows) -> str:
    action = command.conflict
    if action is None:
        return ""
    keys = " or ".join(", ".join(key) for key in action.keys)
    text = f"\n-- where ({keys}) is there already"
    if action.changes is None:
        return f"{text}: nothing"
    query: Any = {"_id": "<_id>"}
    if action.condition is not None:
        query["$expr"] = action.condition
    changes: list[Any] = [{"$set": action.changes}]
    if action.excluded:
        row = {name: f"<{name}>" for name in action.excluded}
        changes.insert(0, {"$set": {EXCLUDED_FIELD: row}})
        changes.append({"$unset": EXCLUDED_FIELD})
    update = _call(command.target.collection, "updateOne", query, changes)
    return f"{text}\n{update}"


def _default(field: Any) -> Any:
    if field.sequence is not None:
        return f"<next of {field.sequence}>"
    return field.computed if field.computed is not None else field.default


def to_json(value: Any) -> str:
    """Compact JSON with the shell's words for what JSON lacks."""
    if isinstance(value, dict):
        inner = ", ".join(f"{json.dumps(k)}: {to_json(v)}" for k, v in value.items())
        return f"{{{inner}}}"
    if isinstance(value, list | tuple):
        shown = [to_json(each) for each in value[:20]]
        if len(value) > 20:
            shown.append(f"... {len(value) - 20} more")
        return f"[{', '.join(shown)}]"
    return _scalar(value)


def _scalar(value: Any) -> str:
    match value:
        case Slot() | CountSlot() | PatternSlot():
            return repr(value)
        case bool() | None | int() | str():
            return json.dumps(value, ensure_ascii=False)
        case float():
            return repr(value)
        case Regex(pattern=pattern, flags=flags):
            letters = "".join(
                letter for bit, letter in ((2, "i"), (8, "m"), (16, "s")) if flags & bit
            )
            return f"/{pattern}/{letters}"
        case Decimal128():
            return f'Decimal128("{value}")'
        case dt.datetime():
            return f'ISODate("{value.isoformat()}")'
        case ObjectId():
            return f'ObjectId("{value}")'
        case MinKey():
            return "MinKey"
        case MaxKey():
            return "MaxKey"
        case VirtualRows(name=name):
            return f"<rows of information_schema.{name}>"
        case WorkingRows(name=name):
            return f"<rows of {name}>"
        case _:
            return repr(value)
