-- $1 a content: its version, from now on locked. Links to it may be made meanwhile.
SELECT version FROM contents WHERE id = $1::bigint FOR NO KEY UPDATE
