-- How many days the files of a visit stay where a later pack does not know its rule any more; NULL is for good, or for visits
-- that came before this was noted.
ALTER TABLE kept_evidence ADD COLUMN keep_days BIGINT;
CREATE INDEX kept_evidence_undated ON kept_evidence (rule) WHERE keep_days IS NULL;
