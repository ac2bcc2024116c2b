-- Visits whose files are still kept. rule names the task type, or "form" and the form where it came without a task.
CREATE TABLE kept_evidence (
    submission_id TEXT PRIMARY KEY REFERENCES submission (id),
    rule          TEXT NOT NULL,
    received_at   BIGINT NOT NULL,
    is_held       BOOLEAN NOT NULL
);
CREATE INDEX kept_evidence_due ON kept_evidence (rule, is_held, received_at);

INSERT INTO kept_evidence (submission_id, rule, received_at, is_held)
    SELECT submission.id, COALESCE(task.type, 'form ' || submission.form_id), submission.received_at, FALSE
      FROM submission LEFT JOIN task ON task.id = submission.task_id
     WHERE submission.n_attachments > 0;

-- Files that were deleted when their time was over. Their hashes stay with the submission and its seal.
CREATE TABLE erasure (
    submission_id TEXT NOT NULL REFERENCES submission (id),
    sha256        TEXT NOT NULL,
    erased_at     BIGINT NOT NULL,
    rule          TEXT NOT NULL,
    PRIMARY KEY (submission_id, sha256)
);
CREATE INDEX erasure_file ON erasure (sha256);
