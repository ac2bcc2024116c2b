-- What was found on a picture of a visit. looked_at is 0 until it was compared with the others; the likeness is null where
-- the picture shows nothing to recognise, is none to compare, or was erased.
CREATE TABLE photo (
    submission_id TEXT NOT NULL REFERENCES submission (id),
    name          TEXT NOT NULL,
    likeness      BIGINT,
    sharpness     BIGINT,
    brightness    BIGINT,
    extras        TEXT NOT NULL,
    n_stray       BIGINT NOT NULL,
    looked_at     BIGINT NOT NULL,
    PRIMARY KEY (submission_id, name)
);
CREATE INDEX photo_likeness ON photo (likeness, submission_id) WHERE likeness IS NOT NULL;

-- Every likeness once, turned by 0, 16, 32 and 48 bits: a range of one of the four indexes holds all that share 16 bits.
CREATE TABLE likeness (
    turn_0 BIGINT PRIMARY KEY,
    turn_1 BIGINT NOT NULL,
    turn_2 BIGINT NOT NULL,
    turn_3 BIGINT NOT NULL
);
CREATE INDEX likeness_1 ON likeness (turn_1);
CREATE INDEX likeness_2 ON likeness (turn_2);
CREATE INDEX likeness_3 ON likeness (turn_3);

-- Pictures of other visits that a picture is the same as (by its bytes), or nearly.
CREATE TABLE photo_match (
    submission_id TEXT NOT NULL REFERENCES submission (id),
    name          TEXT NOT NULL,
    other_id      TEXT NOT NULL,
    other_name    TEXT NOT NULL,
    n_bits        BIGINT NOT NULL,
    is_same_file  BOOLEAN NOT NULL,
    PRIMARY KEY (submission_id, name, other_id, other_name)
);

-- Pictures that came before are looked at as well; that makes their small pictures too.
DELETE FROM job WHERE kind = 'thumbnail';
INSERT INTO job (id, kind, target, run_at, lease_until, attempts, problem)
    SELECT 'photos-' || id, 'photos', id, received_at, 0, 0, '' FROM submission
     WHERE EXISTS (SELECT 1 FROM attachment WHERE submission_id = submission.id AND media_type LIKE 'image/%');
