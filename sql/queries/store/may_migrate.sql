-- Whether there is the schema that the tables belong to, and whether this role may make them in it.
SELECT current_user, current_database(), to_regnamespace('public') IS NOT NULL,
       coalesce(has_schema_privilege(to_regnamespace('public')::oid, 'CREATE'), false)
