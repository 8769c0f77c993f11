"""Everything that talks to the server; the only importer of pymongo."""
