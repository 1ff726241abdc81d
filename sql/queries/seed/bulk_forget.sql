DELETE FROM seed_load WHERE of IN ('done', 'feeds')
