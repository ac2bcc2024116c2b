-- The tables of each pack that was published; one of them is what the server works by.
CREATE TABLE pack (
    id           TEXT PRIMARY KEY,
    sha256       TEXT NOT NULL,
    document     TEXT NOT NULL,
    published_at BIGINT NOT NULL,
    by_name      TEXT NOT NULL,
    is_current   BOOLEAN NOT NULL
);
CREATE UNIQUE INDEX pack_current ON pack (is_current) WHERE is_current;
