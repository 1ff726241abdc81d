feedctl help migrate up
