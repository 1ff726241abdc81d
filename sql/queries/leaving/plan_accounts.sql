-- $1 accounts that have left, $2 seconds until the second pass: also by upkeep_clock, as tokens are good
-- for as long whatever a clock that is ahead says. No second job for the same pass.
INSERT INTO jobs (kind, lane, subject, payload, wait, not_before, not_before_uptime_ms)
SELECT 'remove_account', 2, u.id, p.payload, p.wait * interval '1 second',
       clock_timestamp() + p.wait * interval '1 second',
       CASE WHEN p.wait > 0 THEN (SELECT uptime_ms FROM upkeep_clock) + p.wait * 1000 END
FROM (SELECT DISTINCT unnest($1::bigint[]) AS id) u
CROSS JOIN (VALUES ('{"pass": 1}'::jsonb, 0::bigint), ('{"pass": 2}', $2::bigint)) AS p(payload, wait)
WHERE NOT EXISTS (
  SELECT FROM jobs j WHERE j.subject = u.id AND j.kind = 'remove_account' AND j.payload = p.payload)
ORDER BY u.id
