SELECT feedctl_us(clock_timestamp())
