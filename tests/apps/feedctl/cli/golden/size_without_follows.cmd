feedctl size --users 1M --posts-per-day 30k
