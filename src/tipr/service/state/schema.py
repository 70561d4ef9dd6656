"""The tables of the service's own record."""

SCHEMA = 1

CREATE = (
    # Of a key only its argon2 hash is kept; `revoked` is when it ended.
    """CREATE TABLE keys (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL,
        scope TEXT NOT NULL,
        hash TEXT NOT NULL,
        made TEXT NOT NULL,
        revoked TEXT)""",
    "CREATE UNIQUE INDEX keys_by_name ON keys (name) WHERE revoked IS NULL",
    # A login: the sha256 of its cookie, and until when it holds (seconds since 1970).
    """CREATE TABLE sessions (
        digest BLOB PRIMARY KEY,
        key INTEGER NOT NULL REFERENCES keys (id) ON DELETE CASCADE,
        ends_s INTEGER NOT NULL)""",
    # Who did what: ids and hashes only. `said` is a keyed hash of the words, whose key lies
    # beside the words; `hash` covers the row and the `hash` of the row before.
    """CREATE TABLE audit (
        number INTEGER PRIMARY KEY,
        made TEXT NOT NULL,
        who TEXT NOT NULL,
        act TEXT NOT NULL,
        gallery TEXT NOT NULL,
        items TEXT NOT NULL,
        request TEXT NOT NULL,
        said BLOB NOT NULL,
        hash BLOB NOT NULL)""",
    "CREATE INDEX audit_by_gallery ON audit (gallery, made)",
    """CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
        BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END""",
    """CREATE TRIGGER audit_is_not_cut BEFORE DELETE ON audit
        BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END""",
    # What may name or describe a person; erasing a row leaves the chain whole.
    """CREATE TABLE words (
        number INTEGER PRIMARY KEY REFERENCES audit (number),
        salt BLOB NOT NULL,
        text TEXT NOT NULL)""",
    # Long work that somebody asked for; `asked` and `progress` are JSON.
    """CREATE TABLE jobs (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        kind TEXT NOT NULL,
        gallery TEXT NOT NULL,
        who TEXT NOT NULL,
        made TEXT NOT NULL,
        state TEXT NOT NULL,
        asked TEXT NOT NULL,
        progress TEXT NOT NULL,
        fault TEXT,
        ended TEXT)""",
)
