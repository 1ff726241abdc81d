UPDATE view_epoch SET established = true WHERE epoch = $1 AND NOT established
