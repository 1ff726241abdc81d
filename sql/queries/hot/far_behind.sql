-- Is counting anew cheaper than catching up? Nothing of the old window is left, or a million events
-- wait. The log keeps more than a day, so what is caught up with is still there. And there is no
-- catching up where the window begins over a minute later than it can: a clock was ahead that moved it.
SELECT s.window_start > now() - interval '23 hours 59 minutes'
       OR s.window_start < now() - interval '48 hours'
       OR (SELECT count(*)
           FROM (SELECT FROM events WHERE xid >= pg_snapshot_xmax(s.position) LIMIT 1000001) waiting
          ) > 1000000
FROM hot_state s
