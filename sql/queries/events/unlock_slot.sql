SELECT pg_advisory_unlock(1178945381, $1::integer)
