-- $1 the slot, or -1 for membership (shared by all workers). Session locks; false: another has it.
SELECT CASE WHEN $1::integer < 0 THEN pg_try_advisory_lock_shared(1178945380, 0)
            ELSE pg_try_advisory_lock(1178945381, $1) END
