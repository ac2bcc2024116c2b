-- What made a task (schedule, cycle, outcome, person), which round of its cadence it is, the day its rounds count from, and
-- the day of its visit. Who does it where that is not said by its type, and who must not. Until when it has to be answered,
-- and when it was told that it was not.
ALTER TABLE task ADD COLUMN made_by TEXT NOT NULL DEFAULT '';
ALTER TABLE task ADD COLUMN round TEXT NOT NULL DEFAULT '';
ALTER TABLE task ADD COLUMN since TEXT NOT NULL DEFAULT '';
ALTER TABLE task ADD COLUMN done_on TEXT NOT NULL DEFAULT '';
ALTER TABLE task ADD COLUMN who TEXT NOT NULL DEFAULT '';
ALTER TABLE task ADD COLUMN not_who TEXT NOT NULL DEFAULT '';
ALTER TABLE task ADD COLUMN answer_by BIGINT NOT NULL DEFAULT 0;
ALTER TABLE task ADD COLUMN escalated_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE task ADD COLUMN is_latest BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE task SET made_by = 'schedule' WHERE previous_id = '';
UPDATE task SET made_by = 'outcome' WHERE previous_id <> '';
UPDATE task SET is_latest = TRUE
 WHERE id IN (SELECT max(id) FROM task WHERE subject <> '' GROUP BY list, subject, type);
CREATE UNIQUE INDEX task_latest ON task (list, subject, type, round) WHERE is_latest;
CREATE INDEX task_begun ON task (opens_on, type, grid) WHERE made_by = 'schedule';
CREATE INDEX task_answer ON task (answer_by) WHERE answer_by > 0 AND escalated_at = 0;

-- How far the schedule has come with a list: on which day, by which pack, and the last row that it looked at.
CREATE TABLE plan (
    list     TEXT PRIMARY KEY,
    pack     TEXT NOT NULL,
    day      TEXT NOT NULL,
    after_id TEXT NOT NULL,
    is_done  BOOLEAN NOT NULL
);

-- Until when a submission has to be decided, when it was told that it was not, and whether its answers are counted.
ALTER TABLE submission ADD COLUMN decide_by BIGINT NOT NULL DEFAULT 0;
ALTER TABLE submission ADD COLUMN escalated_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE submission ADD COLUMN is_counted BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX submission_decide ON submission (decide_by) WHERE decide_by > 0 AND escalated_at = 0;
CREATE INDEX submission_uncounted ON submission (form_id) WHERE NOT is_counted;

-- How many submissions of a form answer a question, and how many with a value; the empty value stands for any.
CREATE TABLE answer_count (
    form_id TEXT NOT NULL,
    path    TEXT NOT NULL,
    value   TEXT NOT NULL,
    n       BIGINT NOT NULL,
    PRIMARY KEY (form_id, path, value)
);

-- The form versions that were current when a pack stopped being so; and who made which pack current, and when.
ALTER TABLE pack ADD COLUMN forms TEXT NOT NULL DEFAULT '{}';
CREATE TABLE pack_event (
    id      TEXT PRIMARY KEY,
    pack_id TEXT NOT NULL,
    at      BIGINT NOT NULL,
    by_name TEXT NOT NULL,
    kind    TEXT NOT NULL,
    note    TEXT NOT NULL
);
CREATE INDEX pack_event_newest ON pack_event (at, id);
INSERT INTO pack_event (id, pack_id, at, by_name, kind, note)
    SELECT id, id, published_at, by_name, 'published', '' FROM pack;
