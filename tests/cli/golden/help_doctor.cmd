feedctl help doctor
