"""Expert networks: a chest film in, findings out. Knows no HTTP, no database, no LLM."""
