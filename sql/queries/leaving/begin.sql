-- First in a chunk: who waits for what the chunk has locked waits for less than a request's lock
-- time-out, and plans do not depend on statistics of tables that grew since.
SELECT set_config('lock_timeout', '100ms', true), set_config('enable_seqscan', 'off', true),
       set_config('plan_cache_mode', 'force_generic_plan', true)
