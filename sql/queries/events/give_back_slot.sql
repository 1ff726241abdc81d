UPDATE consumers SET dirty = false WHERE name = $1 AND slot = $2::integer
