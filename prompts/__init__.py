"""Findings in, text out: verbalisers, templates and the narrator. Knows only ``models.findings``."""
