-- $1 a page: its version, from now on locked.
SELECT version FROM pages WHERE id = $1::bigint FOR UPDATE
