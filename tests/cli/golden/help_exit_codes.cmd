feedctl help exit-codes
