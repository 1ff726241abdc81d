feedctl help environment
