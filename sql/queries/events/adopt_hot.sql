-- $1 the same snapshot. The scores are counted anew afterwards, which sets the position to that moment.
UPDATE hot_state SET ver = ver + 1, position = $1::pg_snapshot
