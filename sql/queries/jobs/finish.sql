DELETE FROM jobs WHERE id = $1::bigint
