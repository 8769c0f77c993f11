"""Names, types and functions of a syntax tree resolved: AST -> plan."""
