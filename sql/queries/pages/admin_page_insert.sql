-- $1 title, $2 state.
INSERT INTO pages (title, state) VALUES ($1, $2) RETURNING id
