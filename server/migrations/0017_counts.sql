-- An index of one column holds the others that can be asked for with it, so that no row is read only to find that it does
-- not fit.
DROP INDEX submission_grid;
DROP INDEX submission_account;
DROP INDEX submission_form;
DROP INDEX submission_outcome;
CREATE INDEX submission_grid ON submission
    (grid, review_state, received_at, id, account_id, outcome, form_id, visited_on, n_photos);
CREATE INDEX submission_account ON submission
    (account_id, review_state, received_at, id, grid, outcome, form_id, visited_on, n_photos);
CREATE INDEX submission_form ON submission
    (form_id, review_state, received_at, id, account_id, grid, outcome, visited_on, n_photos);
CREATE INDEX submission_outcome ON submission
    (outcome, review_state, received_at, id, account_id, grid, form_id, visited_on, n_photos);

-- How many submissions are in a state, and how many visits were on a day: `n` summed over the parts.
CREATE TABLE submission_count (
    what  TEXT NOT NULL,
    value TEXT NOT NULL,
    part  BIGINT NOT NULL,
    n     BIGINT NOT NULL,
    PRIMARY KEY (what, value, part)
);
INSERT INTO submission_count (what, value, part, n)
    SELECT 'state', review_state, 0, count(*) FROM submission GROUP BY review_state;
INSERT INTO submission_count (what, value, part, n)
    SELECT 'day', visited_on, 0, count(*) FROM submission GROUP BY visited_on;

-- The desk's first page: who has to certify, the grids, what is to be done, what is late; and how much a form has to do.
CREATE INDEX entity_due ON entity (list, grid, due, status, kind) WHERE due <> '';
CREATE INDEX entity_kind ON entity (list, kind, id, label);
CREATE INDEX task_to_do ON task (grid, state) WHERE state IN ('open', 'claimed', 'started', 'returned');
CREATE INDEX task_late ON task (state, escalated_at) WHERE escalated_at > 0;
CREATE INDEX task_unfinished ON task (type, state) WHERE state NOT IN ('closed', 'cancelled', 'accepted');
DROP INDEX submission_late;
CREATE INDEX submission_late ON submission (review_state, received_at, id, escalated_at) WHERE escalated_at > 0;
