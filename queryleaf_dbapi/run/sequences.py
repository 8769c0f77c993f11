"""The counters behind SERIAL, IDENTITY and CREATE SEQUENCE, on the server.

Numbers are taken outside every transaction: a rollback does not give them back (as
in PostgreSQL), and two transactions do not wait for each other.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bson.int64 import Int64
from pymongo import MongoClient, ReturnDocument, WriteConcern
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from queryleaf_dbapi.catalog.names import SEQUENCES_COLLECTION, did_you_mean
from queryleaf_dbapi.catalog.sequences import (
    PLAIN,
    SequenceSettings,
    counter,
    settings_document,
    settings_from,
)
from queryleaf_dbapi.errors import (
    InvalidArgument,
    SequenceGeneratorLimitExceeded,
    UndefinedTable,
)

MAJORITY = WriteConcern(w="majority")


class Sequences:
    """The counters of one database."""

    def __init__(self, client: MongoClient[Any], database: str) -> None:
        self._counters: Collection[dict[str, Any]] = client[database].get_collection(
            SEQUENCES_COLLECTION, write_concern=MAJORITY
        )

    def next_block(self, name: str, count: int = 1) -> int:
        """Take `count` numbers that follow each other; the first of them.

        A counter of a column ("table.column") that is missing begins at 1; one of
        CREATE SEQUENCE must be there: UndefinedTable. SequenceGeneratorLimitExceeded
        when there are not so many left.
        """
        return self._block(name, count)[0]

    def numbers(self, name: str, count: int) -> list[int]:
        """Take numbers; those of CYCLE may begin again among them."""
        try:
            return list(self._block(name, count))
        except SequenceGeneratorLimitExceeded:
            if count == 1 or not self.settings(name).cycle:
                raise
            return [self.next_block(name) for _ in range(count)]

    def _block(self, name: str, count: int) -> range:
        upsert = "." in name
        try:
            return self._take(name, count, upsert)
        except DuplicateKeyError:  # two upserts at once: now it is there
            return self._take(name, count, upsert)

    def _take(self, name: str, count: int, upsert: bool) -> range:
        """One command: the server steps on only when the whole block is within the
        limits, or back to the beginning of a cycle for a single number."""
        before = self._counters.find_one_and_update(
            {"_id": {"$eq": name}},
            [{"$set": {"value": _stepped(count)}}],
            upsert=upsert,
            return_document=ReturnDocument.BEFORE,
        )
        if before is None and not upsert:
            raise self._undefined(name)
        before = before or counter(name, PLAIN)
        settings, value = settings_from(before), int(before["value"])
        step = settings.increment
        first, last = value + step, value + step * count
        if (
            settings.minimum <= min(first, last)
            and max(first, last) <= settings.maximum
        ):
            return range(first, last + (1 if step > 0 else -1), step)
        if settings.cycle and count == 1:
            again = settings.minimum if step > 0 else settings.maximum
            return range(again, again + 1)
        word, limit = (
            ("maximum", settings.maximum)
            if step > 0
            else (
                "minimum",
                settings.minimum,
            )
        )
        raise SequenceGeneratorLimitExceeded(
            f'nextval: reached {word} value of sequence "{shown_name(name)}" ({limit})'
        )

    def _undefined(self, name: str) -> UndefinedTable:
        near = did_you_mean(name, self.names())
        return UndefinedTable(f'relation "{name}" does not exist{near}')

    def resolve(self, name: str) -> str:
        """The counter a name stands for: the one of CREATE SEQUENCE, or the one
        PostgreSQL would have named so for a column (people_id_seq)."""
        if self._counters.find_one({"_id": {"$eq": name}}, {"_id": 1}) is not None:
            return name
        if name.endswith("_seq"):
            for each in self._counters.find({}, {"_id": 1}):
                if "." in each["_id"] and shown_name(each["_id"]) == name:
                    return str(each["_id"])
        raise self._undefined(name)

    def settings(self, name: str) -> SequenceSettings:
        """How a counter counts; UndefinedTable when there is none."""
        found = self._counters.find_one({"_id": {"$eq": name}})
        if found is None:
            raise self._undefined(name)
        return settings_from(found)

    def set_value(self, name: str, value: int, is_called: bool) -> None:
        """setval(): the next number is the one after `value`, or `value` itself."""
        settings = self.settings(name)
        if not settings.minimum <= value <= settings.maximum:
            raise InvalidArgument(
                f'setval: value {value} is out of bounds for sequence "{name}" '
                f"({settings.minimum}..{settings.maximum})"
            )
        stored = value if is_called else value - settings.increment
        self._counters.update_one(
            {"_id": {"$eq": name}}, {"$set": {"value": _long(stored)}}
        )

    def create(self, name: str, settings: SequenceSettings = PLAIN) -> bool:
        """Make a counter; False when it exists."""
        try:
            self._counters.insert_one(counter(name, settings))
        except DuplicateKeyError:
            return False
        return True

    def alter(
        self, name: str, settings: SequenceSettings, restart: int | bool = False
    ) -> None:
        """Count differently from now on; `restart` is the next number then, or True
        for the start."""
        found = self._counters.find_one({"_id": {"$eq": name}})
        if found is None:
            raise self._undefined(name)
        old = settings_from(found)
        # the last number given stays what it was; so does "none was given"
        value = found["value"]
        if value == old.before_first:
            value = old.start - settings.increment
        if restart is not False:
            first = settings.start if restart is True else restart
            _check_restart(first, settings)
            value = first - settings.increment
        elif value != settings.start - settings.increment:
            _check_restart(value, settings)
        document = {
            "_id": name,
            "value": _long(value),
            "before_first": _long(settings.before_first),
            **settings_document(settings),
        }
        self._counters.replace_one({"_id": {"$eq": name}}, document)

    def restart(self, names: Iterable[str]) -> None:
        """Let counters begin again where they began."""
        self._counters.update_many(
            {"_id": {"$in": list(names)}},
            [{"$set": {"value": {"$ifNull": ["$before_first", 0]}}}],
        )

    def drop(self, names: Iterable[str]) -> int:
        """Forget counters; how many there were."""
        listed = list(names)
        if not listed:
            return 0
        return self._counters.delete_many({"_id": {"$in": listed}}).deleted_count

    def drop_owned(self, table: str, column: str | None = None) -> None:
        """Forget the sequences OWNED BY a table, or by one of its columns."""
        owned: dict[str, Any] = {"owner.0": {"$eq": table}}
        if column is not None:
            owned["owner.1"] = {"$eq": column}
        self._counters.delete_many(owned)

    def names(self) -> list[str]:
        """The counters made by CREATE SEQUENCE."""
        found = [each["_id"] for each in self._counters.find({}, {"_id": 1})]
        return [each for each in found if "." not in each]

    def all(self) -> dict[str, SequenceSettings]:
        """The sequences of CREATE SEQUENCE, by name."""
        found = sorted(self._counters.find({}), key=lambda each: str(each["_id"]))
        return {
            each["_id"]: settings_from(each) for each in found if "." not in each["_id"]
        }


def _check_restart(value: int, settings: SequenceSettings) -> None:
    if value < settings.minimum:
        raise InvalidArgument(
            f"RESTART value ({value}) cannot be less than MINVALUE ({settings.minimum})"
        )
    if value > settings.maximum:
        raise InvalidArgument(
            f"RESTART value ({value}) cannot be greater than MAXVALUE "
            f"({settings.maximum})"
        )


def _stepped(count: int) -> Any:
    """The new `value`: in decimals, since a step past 64 bits must not wrap."""
    value = {"$toDecimal": {"$ifNull": ["$value", 0]}}
    step = {"$ifNull": ["$increment", 1]}
    first = {"$add": [value, step]}
    last = {"$add": [value, {"$multiply": [{"$toDecimal": step}, count]}]}
    least = {"$ifNull": ["$minimum", PLAIN.minimum]}
    greatest = {"$ifNull": ["$maximum", Int64(PLAIN.maximum)]}
    within = {
        "$and": [
            {"$gte": [{"$min": [first, last]}, least]},
            {"$lte": [{"$max": [first, last]}, greatest]},
        ]
    }
    again = {"$cond": [{"$gt": [step, 0]}, least, greatest]}
    past = {"$cond": ["$cycle", again, {"$ifNull": ["$value", 0]}]}
    return {
        "$cond": [
            within,
            {"$toLong": last},
            past if count == 1 else {"$ifNull": ["$value", 0]},
        ]
    }


def _long(value: int) -> Any:
    """A number as the server keeps it: `value` may lie one step outside 64 bits."""
    limit = 1 << 63
    if -limit <= value < limit:
        return value
    raise InvalidArgument(f"value {value} is out of range for a sequence")


def shown_name(counter_name: str) -> str:
    """The name PostgreSQL would have given to the sequence of a column."""
    table, dot, column = counter_name.rpartition(".")
    return f"{table}_{column}_seq" if dot else counter_name
