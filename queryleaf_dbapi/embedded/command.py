"""The command line of the embedded mongod.

It listens on one unix socket in its working directory, has no TCP port, and takes
little memory and disk. Nothing here starts anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from queryleaf_dbapi.embedded.directory import DataDirectory
from queryleaf_dbapi.embedded.replica_set import MEMBER_HOST, SET_NAME

# A longer log is put aside as mongod.log.1, so the two never take much more than twice
# this much.
LOG_LIMIT = 8 * 1024 * 1024

# By default WiredTiger allocates three journal files of 100 MB, which would make an
# empty database take 300 MB: with this one it takes 9.
_SMALL_JOURNAL = "log=(prealloc=false,file_max=16MB)"


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """How to run a server. Used by the opener that starts it, not by those who join."""

    cache_size_gb: float = 0.25
    oplog_size_mb: int = 512
    linger_seconds: float = 0.5
    parameters: Mapping[str, str] = field(default_factory=dict)


def mongod_command(
    mongod: Path, directory: DataDirectory, options: ServerOptions
) -> list[str]:
    """The arguments with which mongod serves this directory."""
    # The server's own statistics files (FTDC) grow to 200 MB and serve MongoDB's
    # support only.
    parameters = {"diagnosticDataCollectionEnabled": "false", **options.parameters}
    return [
        str(mongod),
        *("--dbpath", str(directory.data)),
        *("--replSet", SET_NAME),
        *("--bind_ip", MEMBER_HOST),
        # Without this mongod listens on /tmp/mongodb-27017.sock as well.
        "--nounixsocket",
        *("--wiredTigerCacheSizeGB", str(options.cache_size_gb)),
        *("--wiredTigerEngineConfigString", _SMALL_JOURNAL),
        # The default is 5 % of the free disk, and the oplog fills what it may.
        *("--oplogSize", str(options.oplog_size_mb)),
        *("--logpath", str(directory.log)),
        *("--logappend", "--logRotate", "reopen", "--quiet"),
        *(
            argument
            for name, value in parameters.items()
            for argument in ("--setParameter", f"{name}={value}")
        ),
    ]
