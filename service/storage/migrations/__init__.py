"""The history of the schema. A change to ``tables.py`` adds a file to ``versions`` and raises ``schema.HEAD``."""
