"""Django's PostgreSQL, named in settings as the engine of the database."""
