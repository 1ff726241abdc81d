CREATE TEMPORARY TABLE seed_likes (liker integer NOT NULL, post integer NOT NULL, created_at timestamptz NOT NULL) ON COMMIT DROP
