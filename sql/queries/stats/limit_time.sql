-- $1 milliseconds that each further statement of this transaction may take.
SELECT set_config('statement_timeout', $1, true)
