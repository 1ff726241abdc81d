-- One change by user $1, or by the shell where $1 is null; $2 then says whose.
INSERT INTO audit_log (actor, actor_name, action, object, before, after, request_id)
SELECT $1::bigint,
       coalesce($2::text, (SELECT handle FROM users WHERE id = $1::bigint), 'user ' || $1::bigint),
       $3::text, $4::text, $5::jsonb, $6::jsonb, $7::text
