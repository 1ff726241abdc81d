CREATE TEMPORARY TABLE seed_follows (follower integer NOT NULL, followee integer NOT NULL) ON COMMIT DROP
