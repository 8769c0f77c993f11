"""The plan: relational algebra of a statement, free of sqlglot and of MongoDB."""
