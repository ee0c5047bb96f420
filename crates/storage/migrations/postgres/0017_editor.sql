-- Workflows that are deleted. Equal in meaning to ../sqlite/0017_editor.sql.

ALTER TABLE workflows ADD COLUMN deleted_at BIGINT; -- kept for the pages of its executions, then removed
