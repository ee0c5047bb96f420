-- The providers' limits, shared by all nodes. Equal in meaning to ../sqlite/0002_lanes.sql.

CREATE TABLE lanes (
  key TEXT COLLATE "C" PRIMARY KEY,                        -- whoever names the same one shares it; not there: as good as idle
  next_us BIGINT NOT NULL,                     -- when the next call would come if all came evenly (GCRA), in microseconds
  line_us BIGINT NOT NULL                      -- the same, were everybody served who waits for a slot
);

ALTER TABLE jobs ADD COLUMN lanes TEXT COLLATE "C";        -- JSON: what it must wait for; NULL: nothing
ALTER TABLE jobs ADD COLUMN crowd TEXT COLLATE "C";        -- the lane of which only so many are leased at once
ALTER TABLE jobs ADD COLUMN serial TEXT COLLATE "C";       -- the lane of which only one is leased
ALTER TABLE jobs ADD COLUMN waits_for TEXT COLLATE "C";    -- the lane that it waits for, or last waited for
ALTER TABLE jobs ADD COLUMN due_at BIGINT;     -- when it would have run without the wait

CREATE INDEX jobs_in_crowd ON jobs (crowd) WHERE state = 'leased' AND crowd IS NOT NULL;
CREATE INDEX jobs_in_series ON jobs (serial) WHERE state = 'leased' AND serial IS NOT NULL;
CREATE INDEX jobs_waiting ON jobs (waits_for, run_at, id) WHERE state = 'ready' AND waits_for IS NOT NULL;
