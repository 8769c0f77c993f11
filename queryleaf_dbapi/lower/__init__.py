"""Plan -> Mongo plan: which stages, which language, where NULL needs a guard."""
