-- Accounts that are connected once, and addresses that can be replaced. Equal in meaning to ../postgres/0013_safety.sql.

-- When an account was connected last: what a provider says of earlier is not about it.
ALTER TABLE credentials ADD COLUMN connected_at BIGINT NOT NULL DEFAULT 0;
UPDATE credentials SET connected_at = created_at;

-- One account of a provider, connected twice by one user, ran every event twice. Of such accounts one that works stays,
-- the oldest of them: its settings are those that the user made first. The others are disconnected, as by hand.
UPDATE credentials SET status = 'INVALID', secret = NULL, failure = NULL, disconnected_at = updated_at,
  token_version = token_version + 1, refresh_lease = NULL, refresh_lease_until = NULL
WHERE id IN (
  SELECT id FROM (
    SELECT id, ROW_NUMBER() OVER (
      PARTITION BY user_id, integration_id, provider_id
      ORDER BY CASE status WHEN 'VALID' THEN 0 ELSE 1 END, id
    ) AS place
    FROM credentials WHERE disconnected_at IS NULL AND provider_id IS NOT NULL
  ) AS placed WHERE place > 1
);
CREATE UNIQUE INDEX credentials_once ON credentials (user_id, integration_id, provider_id)
  WHERE disconnected_at IS NULL AND provider_id IS NOT NULL;
CREATE INDEX credentials_by_account ON credentials (provider_id) WHERE disconnected_at IS NULL;

-- JSON: workflow id to how often its webhook address was replaced; * to how often all were.
ALTER TABLE configurations ADD COLUMN webhook_serials TEXT NOT NULL DEFAULT '{}';
