-- Replays begin once. Equal in meaning to ../sqlite/0012_replays.sql.

-- 1: what was repeated otherwise meanwhile is left out.
ALTER TABLE replay_batches ADD COLUMN only_first BIGINT NOT NULL DEFAULT 0;
-- What a batch is about to repeat.
CREATE INDEX replay_items_by_execution ON replay_items (execution_id) WHERE state = 'waiting';
