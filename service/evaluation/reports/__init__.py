"""Measuring drafts: a fixed list of studies, every prompt design and model, judged as written and under guard."""
