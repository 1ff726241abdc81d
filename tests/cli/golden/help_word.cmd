feedctl help
