-- Kind, text, begin of the load. The notes of keys and indexes are not needed here.
SELECT of, statement, feedctl_us(begun_at) FROM seed_load WHERE of IN ('begin', 'done', 'feeds') ORDER BY number
