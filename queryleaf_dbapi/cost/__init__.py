"""How many rows a relation has and what a way to run it costs: guesses, for choosing
among plans and pipelines that give the same rows."""
