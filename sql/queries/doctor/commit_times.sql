SELECT current_setting('track_commit_timestamp') = 'on'
