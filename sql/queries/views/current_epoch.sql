SELECT epoch, max_sequence, drops_live, established FROM view_epoch ORDER BY id DESC LIMIT 1
