INSERT INTO seed_appends (seed, users, posts, follows, likes, ends_at, known,
                          moved_users, moved_user_ids, moved_posts, moved_post_ids, stage, next,
                          views, pages, generator)
VALUES ($1::bigint, $2::bigint, $3::bigint, $4::bigint, $5::bigint, $6::bigint, $7::bigint[],
        $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], $12::smallint, $13::bigint,
        $14::bigint, $15::bigint, $16::integer)
