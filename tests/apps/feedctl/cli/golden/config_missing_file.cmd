feedctl config check --config nowhere.yaml
