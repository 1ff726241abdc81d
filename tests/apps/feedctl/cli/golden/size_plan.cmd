feedctl size --users 1M --follows 10M --posts-per-day 30k --disk 100GiB --memory 8GiB
