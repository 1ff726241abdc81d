feedctl help formatting
