"""What is kept: rows in SQLite or PostgreSQL, bytes in files named by their hash."""
