-- $1 percent of the log's pages are read. A row for each hour of the last day and type of event: microseconds of
-- the hour, type, and events found.
SELECT feedctl_us(date_trunc('hour', at)), type, count(*)
FROM events TABLESAMPLE SYSTEM ($1::real)
WHERE at > clock_timestamp() - interval '1 day'
GROUP BY 1, 2
