-- First in a chunk that decodes or stores between two statements: the transaction may idle for as long
-- as such a chunk takes at most.
SELECT set_config('idle_in_transaction_session_timeout', '60s', true)
