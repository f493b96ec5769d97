"""How the embedded expert was made, runnable: ``python -m models.training --help``. Needs torch; nothing else does."""
