-- Times are milliseconds UTC, days are YYYY-MM-DD, documents are JSON text, lists of words are separated by a space.

CREATE TABLE account (
    id            TEXT PRIMARY KEY,
    username      TEXT NOT NULL UNIQUE,
    name          TEXT NOT NULL,
    role          TEXT NOT NULL,
    grids         TEXT NOT NULL,
    locale        TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    active        BOOLEAN NOT NULL,
    created_at    BIGINT NOT NULL
);

CREATE TABLE session (
    token_hash TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES account (id),
    csrf_token TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX session_expiry ON session (expires_at);

CREATE TABLE form (
    form_id      TEXT NOT NULL,
    version      TEXT NOT NULL,
    title        TEXT NOT NULL,
    xform        TEXT NOT NULL,
    xform_sha256 TEXT NOT NULL,
    published_at BIGINT NOT NULL,
    by_name      TEXT NOT NULL,
    is_current   BOOLEAN NOT NULL,
    PRIMARY KEY (form_id, version)
);
CREATE UNIQUE INDEX form_current ON form (form_id) WHERE is_current;

CREATE TABLE list_revision (
    list     TEXT PRIMARY KEY,
    columns  TEXT NOT NULL,
    revision BIGINT NOT NULL
);

CREATE TABLE entity (
    list       TEXT NOT NULL,
    id         TEXT NOT NULL,
    label      TEXT NOT NULL,
    version    BIGINT NOT NULL,
    grid       TEXT NOT NULL,
    building   TEXT NOT NULL,
    status     TEXT NOT NULL,
    due        TEXT NOT NULL,
    kind       TEXT NOT NULL,
    search     TEXT NOT NULL,
    data       TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (list, id)
);
CREATE INDEX entity_grid ON entity (list, grid, id);
CREATE INDEX entity_status ON entity (list, status, id);

CREATE TABLE entity_history (
    list          TEXT NOT NULL,
    id            TEXT NOT NULL,
    version       BIGINT NOT NULL,
    label         TEXT NOT NULL,
    data          TEXT NOT NULL,
    changed_at    BIGINT NOT NULL,
    changed_by    TEXT NOT NULL,
    submission_id TEXT NOT NULL,
    PRIMARY KEY (list, id, version)
);

CREATE TABLE task (
    id            TEXT PRIMARY KEY,
    type          TEXT NOT NULL,
    state         TEXT NOT NULL,
    list          TEXT NOT NULL,
    subject       TEXT NOT NULL,
    label         TEXT NOT NULL,
    grid          TEXT NOT NULL,
    due           TEXT NOT NULL,
    opens_on      TEXT NOT NULL,
    visit_no      BIGINT NOT NULL,
    previous_id   TEXT NOT NULL,
    submission_id TEXT NOT NULL,
    updated_at    BIGINT NOT NULL
);
CREATE INDEX task_work ON task (grid, state, due, label, id);
CREATE INDEX task_subject ON task (list, subject, type);
CREATE INDEX task_opening ON task (opens_on) WHERE state = 'planned';
CREATE INDEX task_previous ON task (previous_id) WHERE previous_id <> '';

CREATE TABLE submission (
    id             TEXT PRIMARY KEY,
    instance_id    TEXT NOT NULL UNIQUE,
    content_sha256 TEXT NOT NULL,
    form_id        TEXT NOT NULL,
    form_version   TEXT NOT NULL,
    instance_name  TEXT NOT NULL,
    label          TEXT NOT NULL,
    account_id     TEXT NOT NULL,
    account_name   TEXT NOT NULL,
    task_id        TEXT NOT NULL,
    list           TEXT NOT NULL,
    subject        TEXT NOT NULL,
    grid           TEXT NOT NULL,
    outcome        TEXT NOT NULL,
    review_state   TEXT NOT NULL,
    reason         TEXT NOT NULL,
    decided_by     TEXT NOT NULL,
    decided_at     BIGINT NOT NULL,
    deprecated_id  TEXT NOT NULL,
    receipt_number TEXT NOT NULL UNIQUE,
    digest         TEXT NOT NULL,
    seal           TEXT NOT NULL,
    xml            TEXT NOT NULL,
    answers        TEXT NOT NULL,
    flag_codes     TEXT NOT NULL,
    n_flags        BIGINT NOT NULL,
    n_photos       BIGINT NOT NULL,
    n_attachments  BIGINT NOT NULL,
    visited_at     BIGINT NOT NULL,
    visited_on     TEXT NOT NULL,
    started_at     BIGINT,
    ended_at       BIGINT,
    offset_min     BIGINT NOT NULL,
    received_at    BIGINT NOT NULL
);
CREATE INDEX submission_newest ON submission (received_at, id);
CREATE INDEX submission_review ON submission (review_state, received_at, id);
CREATE INDEX submission_grid ON submission (grid, received_at, id);
CREATE INDEX submission_account ON submission (account_id, received_at, id);
CREATE INDEX submission_subject ON submission (list, subject, received_at);
CREATE INDEX submission_task ON submission (task_id, received_at);
CREATE INDEX submission_day ON submission (visited_on);

CREATE TABLE attachment (
    submission_id TEXT NOT NULL REFERENCES submission (id),
    name          TEXT NOT NULL,
    position      BIGINT NOT NULL,
    sha256        TEXT NOT NULL,
    media_type    TEXT NOT NULL,
    size_bytes    BIGINT NOT NULL,
    width         BIGINT NOT NULL,
    height        BIGINT NOT NULL,
    kind          TEXT NOT NULL,
    question      TEXT NOT NULL,
    PRIMARY KEY (submission_id, name)
);

CREATE INDEX attachment_file ON attachment (sha256);

CREATE TABLE flag (
    submission_id TEXT NOT NULL REFERENCES submission (id),
    position      BIGINT NOT NULL,
    code          TEXT NOT NULL,
    reference     TEXT NOT NULL,
    question      TEXT NOT NULL,
    text          TEXT NOT NULL,
    severity      TEXT NOT NULL,
    PRIMARY KEY (submission_id, position)
);
CREATE INDEX flag_code ON flag (code, submission_id);

CREATE TABLE submission_event (
    submission_id TEXT NOT NULL REFERENCES submission (id),
    id            TEXT NOT NULL,
    at            BIGINT NOT NULL,
    by_name       TEXT NOT NULL,
    kind          TEXT NOT NULL,
    text          TEXT NOT NULL,
    PRIMARY KEY (submission_id, id)
);

CREATE TABLE entity_change (
    submission_id TEXT NOT NULL REFERENCES submission (id),
    position      BIGINT NOT NULL,
    list          TEXT NOT NULL,
    id            TEXT NOT NULL,
    operation     TEXT NOT NULL,
    base_version  BIGINT,
    label         TEXT NOT NULL,
    properties    TEXT NOT NULL,
    PRIMARY KEY (submission_id, position)
);

-- A row gets its place in the chain (seq and hashes) from the sealer, shortly after it was written.
CREATE TABLE audit (
    id         TEXT PRIMARY KEY,
    at         BIGINT NOT NULL,
    account_id TEXT NOT NULL,
    action     TEXT NOT NULL,
    target     TEXT NOT NULL,
    detail     TEXT NOT NULL,
    seq        BIGINT UNIQUE,
    hash       TEXT
);
CREATE INDEX audit_unsealed ON audit (at, id) WHERE seq IS NULL;
CREATE TABLE audit_head (
    id   TEXT PRIMARY KEY,
    seq  BIGINT NOT NULL,
    hash TEXT NOT NULL
);
INSERT INTO audit_head (id, seq, hash) VALUES ('head', 0, '');

CREATE TABLE job (
    id          TEXT PRIMARY KEY,
    kind        TEXT NOT NULL,
    target      TEXT NOT NULL,
    run_at      BIGINT NOT NULL,
    lease_until BIGINT NOT NULL,
    attempts    BIGINT NOT NULL,
    problem     TEXT NOT NULL,
    UNIQUE (kind, target)
);
CREATE INDEX job_due ON job (run_at, id);

CREATE TABLE register_import (
    id         TEXT PRIMARY KEY,
    list       TEXT NOT NULL,
    file_name  TEXT NOT NULL,
    sha256     TEXT NOT NULL,
    state      TEXT NOT NULL,
    account_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    done       BIGINT NOT NULL,
    total      BIGINT NOT NULL,
    report     TEXT NOT NULL
);
