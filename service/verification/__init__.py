"""Text into claims and sections: pure functions, lexicons as data."""
