"""The repositories of ``service.ports`` over SQLAlchemy: the same statements on SQLite and PostgreSQL."""
