feedctl doctor --folder= --output json --quiet=no
