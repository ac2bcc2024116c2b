-- Visits that have their receipt and are not checked yet, in the order of their ids. Their files are in the store.
-- flags and files are JSON. A visit leaves in the transaction that makes it a submission.
CREATE TABLE inbox (
    id             TEXT PRIMARY KEY,
    instance_id    TEXT NOT NULL UNIQUE,
    receipt_number TEXT NOT NULL UNIQUE,
    account_id     TEXT NOT NULL REFERENCES account (id),
    content_sha256 TEXT NOT NULL,
    digest         TEXT NOT NULL,
    received_at    BIGINT NOT NULL,
    task_id        TEXT NOT NULL,
    xml            TEXT NOT NULL,
    seal           TEXT NOT NULL,
    notes          TEXT NOT NULL,
    flags          TEXT NOT NULL,
    files          TEXT NOT NULL,
    attempts       BIGINT NOT NULL
);
