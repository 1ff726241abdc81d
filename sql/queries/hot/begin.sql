-- First in the aggregator's transaction: plans that do not depend on statistics of a log that grew
-- since, and then one aggregator at a time (two at once would apply news twice).
-- SQLSTATE 55P03 where another one held the lock for 300 ms.
SELECT set_config('lock_timeout', '300ms', true),
       set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true),
       set_config('plan_cache_mode', 'force_generic_plan', true),
       pg_advisory_xact_lock(hashtextextended('feedctl.hot', 0))
