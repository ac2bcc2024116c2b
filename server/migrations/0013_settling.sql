-- Visits whose outcome needs no review and whose pictures are still to be compared with those of all others.
CREATE TABLE settling (
    submission_id TEXT PRIMARY KEY REFERENCES submission (id)
);

-- A picture's likeness is told from both sides: also at the visit that came first.
CREATE INDEX photo_match_other ON photo_match (other_id);
