-- An append that was broken off continues only with the binary that makes the same world of its
-- shape. `generator` is the version of that world.
ALTER TABLE seed_appends
  ADD COLUMN views bigint NOT NULL DEFAULT 0,
  ADD COLUMN pages bigint NOT NULL DEFAULT 0,
  ADD COLUMN generator integer NOT NULL DEFAULT 1;
