-- Forgets the relay where none runs any more: it holds the lock of its seat, as in lock_slots. Its
-- position would keep every event from then on.
DELETE FROM consumers WHERE name = 'relay' AND pg_try_advisory_xact_lock(1178945381, 16)
