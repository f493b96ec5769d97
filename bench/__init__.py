"""Benchmarks: each prints a table and writes its figures as JSON under ``bench/results``.

Figures that are compared are measured side by side, round by round, in one run; medians are quoted.
"""
