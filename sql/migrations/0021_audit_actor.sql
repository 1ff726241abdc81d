-- The changes of one name: a shell's user, or a handle that its account had then.
CREATE INDEX audit_log_actor_name_idx ON audit_log (actor_name, id DESC);
