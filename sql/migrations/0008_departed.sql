-- Those who have left are few: who reads many posts asks for each author whether they are among these,
-- which is a tenth of what a look into `users` costs.
CREATE INDEX users_departed_idx ON users (id) WHERE deleted_at IS NOT NULL;
