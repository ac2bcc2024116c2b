-- How many days the files of a visit stay where a later pack does not know its rule any more; NULL is for good.
ALTER TABLE kept_evidence ADD COLUMN keep_days BIGINT;
