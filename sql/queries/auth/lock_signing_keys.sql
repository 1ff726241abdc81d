-- Until the end of the transaction nobody else adds or changes a key. Readers go on.
LOCK TABLE signing_keys IN SHARE ROW EXCLUSIVE MODE
