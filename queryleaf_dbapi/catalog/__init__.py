"""The catalog: what collections hold, as plain data, and where it comes from."""
