-- The workbook a version was made from: a file by its SHA-256, empty where it was not kept; and what the publisher noted.
ALTER TABLE form ADD COLUMN workbook_sha256 TEXT NOT NULL DEFAULT '';
ALTER TABLE form ADD COLUMN workbook_name TEXT NOT NULL DEFAULT '';
ALTER TABLE form ADD COLUMN note TEXT NOT NULL DEFAULT '';

-- Who made which version current, and when.
CREATE TABLE form_event (
    id      TEXT PRIMARY KEY,
    form_id TEXT NOT NULL,
    version TEXT NOT NULL,
    at      BIGINT NOT NULL,
    by_name TEXT NOT NULL,
    kind    TEXT NOT NULL,
    note    TEXT NOT NULL
);
CREATE INDEX form_event_newest ON form_event (form_id, at, id);
INSERT INTO form_event (id, form_id, version, at, by_name, kind, note)
    SELECT form_id || '/' || version, form_id, version, published_at, by_name, 'published', '' FROM form;

CREATE INDEX submission_form ON submission (form_id, received_at, id);
