-- The same values as before, but by expressions that are immutable like their functions say they are:
-- else the planner leaves the call as it is, and every statement parses and plans the body anew.
CREATE OR REPLACE FUNCTION feedctl_us(t timestamptz) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT (date_part('epoch', t - timestamptz '1970-01-01 00:00:00+00') * 1000000)::bigint
$$;

CREATE OR REPLACE FUNCTION feedctl_id_at(t timestamptz) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT greatest((floor(date_part('epoch', t - timestamptz '1970-01-01 00:00:00+00') * 1000)::bigint
                   - 1735689600000), 0) << 12
$$;
