-- What people changed by admin routes, the console and admin commands. `actor` is null for a command
-- of the shell; then `actor_name` says whose shell. `before` and `after` hold only what changed.
CREATE TABLE audit_log (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  actor bigint,
  actor_name text NOT NULL,
  action text NOT NULL,
  object text NOT NULL,
  before jsonb,
  after jsonb,
  request_id text NOT NULL DEFAULT ''
);
CREATE INDEX audit_log_object_idx ON audit_log (object, id DESC);
CREATE INDEX audit_log_actor_idx ON audit_log (actor, id DESC) WHERE actor IS NOT NULL;
CREATE INDEX audit_log_at_idx ON audit_log (at);
