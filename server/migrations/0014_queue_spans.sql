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
INSERT INTO name_part (part, review_state, received_at, submission_id)
    SELECT label_part.part, submission.review_state, label_part.received_at, label_part.submission_id
      FROM label_part JOIN submission ON submission.id = label_part.submission_id
     ORDER BY 1, 2, 3, 4;
DROP TABLE label_part;
