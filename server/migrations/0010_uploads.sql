-- Files on their way up, piece by piece. offset_bytes counts what is on disk; the pieces lie beside the files, encrypted.
-- A complete one is a file under its SHA-256 that no visit has named yet.
CREATE TABLE upload (
    id           TEXT PRIMARY KEY,
    account_id   TEXT NOT NULL REFERENCES account (id),
    sha256       TEXT NOT NULL,
    length_bytes BIGINT NOT NULL,
    offset_bytes BIGINT NOT NULL,
    metadata     TEXT NOT NULL,
    is_complete  BOOLEAN NOT NULL,
    expires_at   BIGINT NOT NULL
);
CREATE INDEX upload_account ON upload (account_id, sha256);
CREATE INDEX upload_file ON upload (sha256);
CREATE INDEX upload_expiry ON upload (expires_at);

CREATE TABLE upload_piece (
    upload_id    TEXT NOT NULL REFERENCES upload (id),
    offset_bytes BIGINT NOT NULL,
    size_bytes   BIGINT NOT NULL,
    name         TEXT NOT NULL,
    PRIMARY KEY (upload_id, offset_bytes)
);

-- Visits that did not fit their seals and were asked for once more. digest covers all that came.
CREATE TABLE second_look (
    account_id TEXT NOT NULL REFERENCES account (id),
    digest     TEXT NOT NULL,
    at         BIGINT NOT NULL,
    PRIMARY KEY (account_id, digest)
);
CREATE INDEX second_look_age ON second_look (at);
