"""Make the server a replica set of one member, which transactions need.

Every opener runs this, and it may run many times and at once: what is done already is
left alone. So no opener's death leaves it half done for the next one.
"""

from __future__ import annotations

import time
from typing import Any

from pymongo import MongoClient
from pymongo.errors import ConnectionFailure, OperationFailure, PyMongoError

from queryleaf_dbapi.errors import OperationalError

SET_NAME = "queryleaf"

# mongod runs in its runtime directory and is told to listen on this relative path,
# and the set's configuration, which is stored with the data, names it so. An absolute
# path would make the member a stranger to its own set (REMOVED) after the directory
# is moved or copied, or at the next start, when the runtime directory is another one.
MEMBER_HOST = "./mongod.sock"

# AlreadyInitialized: another opener was faster. NotYetInitialized and
# InterruptedDueToReplStateChange: the server is still reading its configuration.
_ASK_AGAIN = frozenset({23, 94, 11602})


def ensure_primary(uri: str, deadline: float) -> bool:
    """Wait until the server takes writes; False if it has gone away.

    Uses a client of its own: one that met the server before it was initiated believes
    that it has no sessions.
    """
    client: MongoClient[dict[str, Any]] = MongoClient(
        uri, serverSelectionTimeoutMS=2000, connectTimeoutMS=2000, socketTimeoutMS=10000
    )
    with client:
        while True:
            try:
                if _is_primary(client):
                    return True
            except ConnectionFailure:
                return False
            except PyMongoError as error:
                raise OperationalError(
                    f"the embedded server cannot become a replica set: {error}"
                ) from error
            if time.monotonic() > deadline:
                raise OperationalError(
                    "the embedded server runs but did not become primary in time"
                )
            time.sleep(0.01)


def _is_primary(client: MongoClient[dict[str, Any]]) -> bool:
    hello = client.admin.command("hello")
    if hello.get("isWritablePrimary"):
        return True
    if not hello.get("setName"):
        members = [{"_id": 0, "host": MEMBER_HOST}]
        try:
            client.admin.command(
                "replSetInitiate", {"_id": SET_NAME, "members": members}
            )
        except OperationFailure as error:
            if error.code not in _ASK_AGAIN:
                raise
    return False
