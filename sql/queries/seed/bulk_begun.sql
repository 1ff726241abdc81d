SELECT feedctl_us(min(begun_at)) FROM seed_load
