"""The service's own record in one SQLite file: keys, sessions, audit, jobs."""
