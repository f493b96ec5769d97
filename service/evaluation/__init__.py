"""Measuring what the service does against what people wrote: reports and their codes, scores with intervals."""
