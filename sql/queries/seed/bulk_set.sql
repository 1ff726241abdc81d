-- What the next statements of this transaction, which cannot take parameters, work on.
SELECT set_config('feedctl.seed_table', $1, true), set_config('feedctl.seed_from', $2, true),
       set_config('feedctl.seed_upto', $3, true)
