-- $1 accounts that have left, $2 seconds until the second pass. No second job for the same pass.
INSERT INTO jobs (kind, lane, subject, payload, not_before)
SELECT 'remove_account', 2, u.id, p.payload, clock_timestamp() + p.wait * interval '1 second'
FROM (SELECT DISTINCT unnest($1::bigint[]) AS id) u
CROSS JOIN (VALUES ('{"pass": 1}'::jsonb, 0::bigint), ('{"pass": 2}', $2::bigint)) AS p(payload, wait)
WHERE NOT EXISTS (
  SELECT FROM jobs j WHERE j.subject = u.id AND j.kind = 'remove_account' AND j.payload = p.payload)
ORDER BY u.id
