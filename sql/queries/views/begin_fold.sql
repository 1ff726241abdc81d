-- $1 what time it is. From now on no flush adds views to days that ended three days before that one. It waits
-- for the statements of flushes that still may.
UPDATE view_fold SET upto = old.upto
FROM (
  SELECT max(p.upto_day) AS upto FROM feedctl_view_parts() p
  WHERE p.upto_day <= (least($1::timestamptz, now()) AT TIME ZONE 'UTC')::date - 3
) old
WHERE old.upto > view_fold.upto
