"""Expressions and what PostgreSQL says they are worth."""
