-- $1 the shape of the load and its options, as JSON.
UPDATE seed_load SET statement = $1 WHERE of = 'begin'
