-- Spans of days are counted by state, and read day by day in the queue's order.
CREATE INDEX submission_state_day ON submission (review_state, visited_on, received_at, id);

-- A part of a name is looked for state by state, as a flag is.
CREATE TABLE name_part (
    part          TEXT NOT NULL,
    review_state  TEXT NOT NULL,
    received_at   BIGINT NOT NULL,
    submission_id TEXT NOT NULL REFERENCES submission (id),
    PRIMARY KEY (part, review_state, received_at, submission_id)
);
-- The states are looked up where they lie close together: rows of submissions are long.
CREATE TABLE state_of (id TEXT PRIMARY KEY, review_state TEXT NOT NULL);
INSERT INTO state_of (id, review_state) SELECT id, review_state FROM submission;
INSERT INTO name_part (part, review_state, received_at, submission_id)
    SELECT label_part.part, state_of.review_state, label_part.received_at, label_part.submission_id
      FROM label_part JOIN state_of ON state_of.id = label_part.submission_id;
DROP TABLE state_of;
DROP TABLE label_part;
