-- The review queue is read newest first by state, whatever else is asked for: each index begins with what is asked for,
-- goes on with the state and ends with the order, so that a page costs the same however many rows there are.
DROP INDEX submission_grid;
DROP INDEX submission_account;
DROP INDEX submission_form;
DROP INDEX submission_day;
CREATE INDEX submission_grid ON submission (grid, review_state, received_at, id);
CREATE INDEX submission_account ON submission (account_id, review_state, received_at, id);
CREATE INDEX submission_form ON submission (form_id, review_state, received_at, id);
CREATE INDEX submission_outcome ON submission (outcome, review_state, received_at, id);
CREATE INDEX submission_day ON submission (visited_on, received_at, id);
CREATE INDEX submission_without_photos ON submission (review_state, received_at, id) WHERE n_photos = 0;
CREATE INDEX submission_late ON submission (review_state, received_at, id) WHERE escalated_at > 0;
CREATE INDEX submission_receipt_tail ON submission ((substr(receipt_number, 10)));

-- The codes that a submission is flagged with, each once.
CREATE TABLE flagged (
    code          TEXT NOT NULL,
    review_state  TEXT NOT NULL,
    received_at   BIGINT NOT NULL,
    submission_id TEXT NOT NULL REFERENCES submission (id),
    PRIMARY KEY (code, review_state, received_at, submission_id)
);
CREATE INDEX flagged_submission ON flagged (submission_id, code);
INSERT INTO flagged (code, review_state, received_at, submission_id)
    SELECT DISTINCT flag.code, submission.review_state, submission.received_at, submission.id
      FROM flag JOIN submission ON submission.id = flag.submission_id;

-- Every character, and every two that follow each other, of the name that a submission goes by.
CREATE TABLE label_part (
    part          TEXT NOT NULL,
    received_at   BIGINT NOT NULL,
    submission_id TEXT NOT NULL REFERENCES submission (id),
    PRIMARY KEY (part, received_at, submission_id)
);
ALTER TABLE submission ADD COLUMN has_parts BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX submission_without_parts ON submission (id) WHERE NOT has_parts;
