-- What concerns every account of an integration. Equal in meaning to ../postgres/0008_editor.sql.

CREATE INDEX credentials_by_integration ON credentials (integration_id, id);
