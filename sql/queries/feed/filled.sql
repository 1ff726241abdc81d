-- $1 where filling all users' rows anew stood, $2 where it stands now, null at the end. No row changes
-- where another process has moved it.
UPDATE feed_floor SET fill_after = $2::bigint WHERE fill_after = $1::bigint
