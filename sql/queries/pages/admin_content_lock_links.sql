-- $1 a content: its version, from now on locked. No link to it may be made meanwhile.
SELECT version FROM contents WHERE id = $1::bigint FOR UPDATE
