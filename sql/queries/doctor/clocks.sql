-- What a wrong clock has left: seconds by which the end of the hot feed's window lies ahead of the server's
-- clock, seconds by which the feed floor lies above where it may, jobs that wait for longer
-- than they were to; and for how many seconds workers have run since they saw the clock jump.
SELECT greatest(extract(epoch FROM h.window_start + interval '24 hours' - clock_timestamp()), 0)::bigint,
       greatest((f.floor - feedctl_id_at(clock_timestamp() - make_interval(days => coalesce(f.days, 1)))) >> 12, 0) / 1000,
       (SELECT count(*) FROM jobs
        WHERE not_before - feedctl_longest_wait(kind, wait) > clock_timestamp() + interval '1 minute'),
       (c.uptime_ms - c.steady_since_ms) / 1000
FROM hot_state h, feed_floor f, upkeep_clock c
