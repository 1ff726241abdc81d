-- Before everything that the log still holds.
SELECT greatest(floor, '1'::xid8)::text || ':' || greatest(floor, '1'::xid8)::text || ':' FROM log_state
