feedctl
