"""Private PostgreSQL and Valkey servers for development, demo and tests, on Unix sockets, without installation."""
