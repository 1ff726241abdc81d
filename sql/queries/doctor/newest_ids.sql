-- Ids carry the time at which they were made: none may lie ahead of the clock.
SELECT (SELECT max(id) FROM posts), (SELECT max(id) FROM users)
