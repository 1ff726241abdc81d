-- Whether this role may do what a rotation does.
SELECT has_table_privilege('signing_keys', 'INSERT') AND has_table_privilege('signing_keys', 'UPDATE')
   AND has_table_privilege('signing_keys', 'DELETE')
