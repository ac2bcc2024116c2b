-- Public keys of phones. The head is the seal with the highest number that has come. `revoked_at` is 0 while the key holds.
CREATE TABLE device_key (
    id           TEXT PRIMARY KEY,
    account_id   TEXT NOT NULL REFERENCES account (id),
    device_id    TEXT NOT NULL,
    label        TEXT NOT NULL,
    public_key   TEXT NOT NULL,
    enrolled_at  BIGINT NOT NULL,
    revoked_at   BIGINT NOT NULL,
    revoked_by   TEXT NOT NULL,
    head_counter BIGINT NOT NULL,
    head_digest  TEXT NOT NULL
);
CREATE INDEX device_key_newest ON device_key (enrolled_at, id);

-- Links of the chains: every seal whose signature is right, by its digest. One that was replaced names the submission
-- that replaced it.
CREATE TABLE seal (
    digest        TEXT PRIMARY KEY,
    key_id        TEXT NOT NULL REFERENCES device_key (id),
    counter       BIGINT NOT NULL,
    previous      TEXT NOT NULL,
    submission_id TEXT NOT NULL,
    is_replaced   BOOLEAN NOT NULL
);
CREATE INDEX seal_place ON seal (key_id, counter);
CREATE INDEX seal_previous ON seal (key_id, previous);
CREATE INDEX seal_submission ON seal (submission_id);

-- What the phone noted of its files, as it came; when the phone says it sealed, when that was by the server's clock, and
-- the bounds of that (milliseconds UTC, null where nothing is known).
ALTER TABLE submission ADD COLUMN notes TEXT NOT NULL DEFAULT '';
ALTER TABLE submission ADD COLUMN claimed_at BIGINT;
ALTER TABLE submission ADD COLUMN corrected_at BIGINT;
ALTER TABLE submission ADD COLUMN earliest_at BIGINT;
ALTER TABLE submission ADD COLUMN latest_at BIGINT;
ALTER TABLE submission ADD COLUMN clock_basis TEXT NOT NULL DEFAULT '';
