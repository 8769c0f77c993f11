"""Benchmarks against hand-written pymongo, measured in alternation in one run."""
