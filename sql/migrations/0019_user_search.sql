-- Administrators search accounts by the beginning of a handle or a name, and list those with a role.
-- The collation C compares bytes, as a search for a beginning needs it.
CREATE INDEX users_handle_prefix_idx ON users (handle COLLATE "C") WHERE deleted_at IS NULL;
CREATE INDEX users_name_prefix_idx ON users (lower(name) COLLATE "C", id) WHERE deleted_at IS NULL;
CREATE INDEX users_staff_idx ON users (role, id) WHERE role <> 'user' AND deleted_at IS NULL;
