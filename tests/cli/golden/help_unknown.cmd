feedctl help exit-code
