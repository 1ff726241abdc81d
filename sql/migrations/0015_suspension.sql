-- Suspended accounts: nobody sees them or their posts and they cannot act, until they are reinstated.
-- Their rows stay. Events: UserSuspended (14) and UserReinstated (15); actor and object: the account.
ALTER TABLE users
  ADD COLUMN suspended_at timestamptz,
  ADD COLUMN suspended_reason text;

-- Accounts that are not shown, deleted or suspended, are few: a query that reads many posts asks for
-- each author whether it is among these.
DROP INDEX users_departed_idx;
CREATE INDEX users_hidden_idx ON users (id) INCLUDE (deleted_at)
  WHERE deleted_at IS NOT NULL OR suspended_at IS NOT NULL;

-- Commands ask whether their actors are among these. The index comes last: of two with equal costs
-- the planner takes the newer one, and the other may hold very many deleted accounts.
CREATE INDEX users_suspended_idx ON users (id) WHERE suspended_at IS NOT NULL;
