-- Integrations that a project defines itself, and when accounts were last seen to work.
-- Equal in meaning to ../postgres/0003_custom_integrations.sql.

CREATE TABLE custom_integrations (
  id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
  type TEXT NOT NULL,                          -- custom.acme
  definition TEXT NOT NULL,                    -- the file as it was written, TOML
  overview TEXT NOT NULL,                      -- Markdown
  guide TEXT NOT NULL,                         -- Markdown
  icon TEXT NOT NULL,                          -- SVG, checked to be a picture and nothing else
  revision BIGINT NOT NULL DEFAULT 1,          -- two editors, and every node's cache, notice a change
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  UNIQUE (project_id, type)
);

ALTER TABLE credentials ADD COLUMN checked_at BIGINT;                  -- when the provider last said yes or no
ALTER TABLE credentials ADD COLUMN probe_at BIGINT NOT NULL DEFAULT 0; -- when to ask again: compare and swap
UPDATE credentials SET checked_at = COALESCE(refreshed_at, created_at);
CREATE INDEX credentials_to_probe ON credentials (probe_at) WHERE status = 'VALID' AND disconnected_at IS NULL;
