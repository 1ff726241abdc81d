feedctl --confg f.yaml config show
