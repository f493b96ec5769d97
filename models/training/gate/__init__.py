"""How the gate's network was made: ``python -m models.training.gate``. Needs torch; the gate itself does not."""
