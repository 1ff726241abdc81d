-- No row: nobody is left whose rows are to be filled anew since the feed floor was lowered.
SELECT fill_after FROM feed_floor WHERE fill_after IS NOT NULL
