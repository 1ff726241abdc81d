DROP TABLE seed_load
