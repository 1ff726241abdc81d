-- Is there the mark of a bulk load that was broken off?
SELECT to_regclass('public.seed_load') IS NOT NULL
