"""Bytes become pixels, or a refusal that says what to do: DICOM, PNG, JPEG, TIFF and zip, in a process of their own.

``sandbox`` is the door; ``pixels`` and ``voi`` are what its callers work with and import numpy and Pillow only.
Everything else runs in the worker process.
"""
