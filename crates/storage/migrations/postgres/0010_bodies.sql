-- Large bodies, apart from the rows that name them. Equal in meaning to ../sqlite/0010_bodies.sql.
-- events.payload and history.entries hold the text itself, or, where it is long, the empty text, which is no JSON:
-- then it is here. What was stored before stays where it is until it is removed.

CREATE TABLE bodies (
  owner TEXT COLLATE "C" NOT NULL,             -- the event or the execution
  kind TEXT COLLATE "C" NOT NULL,              -- payload: of the event; entries: of a row of the execution's history
  seq BIGINT NOT NULL,                         -- that row's seq; 0 of a payload
  bytes BIGINT NOT NULL,                       -- how long the text is, to be known without reading it
  text TEXT NOT NULL,                          -- JSON
  PRIMARY KEY (owner, kind, seq)
);
