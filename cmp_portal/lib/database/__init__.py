"""The PostgreSQL backend used as the database ENGINE in the settings."""
