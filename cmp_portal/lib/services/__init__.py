"""PostgreSQL and Valkey for development, demo and tests, on private sockets, without an installation."""
