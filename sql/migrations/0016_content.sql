-- What editors need: drafts, versions and search. A version rises with every change of what editors
-- see, but not with counters. Page versions also rise with their links.
-- Pages that exist are published; pages that an editor makes are drafts at first.
ALTER TABLE pages
  ADD COLUMN state text NOT NULL DEFAULT 'published' CHECK (state IN ('draft', 'published')),
  ADD COLUMN version bigint NOT NULL DEFAULT 1,
  ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now();
UPDATE pages SET updated_at = created_at;
ALTER TABLE pages ALTER COLUMN state SET DEFAULT 'draft', ALTER COLUMN updated_at SET DEFAULT clock_timestamp();

ALTER TABLE contents
  ADD COLUMN version bigint NOT NULL DEFAULT 1,
  ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now();
ALTER TABLE contents ALTER COLUMN updated_at SET DEFAULT clock_timestamp();

-- Positions are contiguous from 0. Who changes the links of a page holds the lock of its row.
UPDATE page_contents l SET position = w.place
FROM (SELECT id, row_number() OVER (PARTITION BY page_id ORDER BY position, id) - 1 AS place FROM page_contents) w
WHERE w.id = l.id AND l.position <> w.place;

CREATE INDEX pages_published_idx ON pages (id) WHERE state = 'published';
CREATE INDEX contents_type_idx ON contents (type, id);
-- Searches by the beginning of a title read a range of this index, in the order of bytes.
CREATE INDEX contents_title_idx ON contents (lower(title) text_pattern_ops);
