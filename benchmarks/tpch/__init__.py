"""TPC-H: 22 queries in SQL against the pipelines a MongoDB user writes for them."""
