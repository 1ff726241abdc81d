-- $1 kind, $2 text.
INSERT INTO seed_load (of, statement) VALUES ($1, $2)
