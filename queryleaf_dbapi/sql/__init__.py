"""From SQL text to a syntax tree on the accepted list; the border to sqlglot."""
