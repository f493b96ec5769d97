"""How the anatomy network was made, runnable: ``python -m models.training.anatomy --help``. Needs torch."""
