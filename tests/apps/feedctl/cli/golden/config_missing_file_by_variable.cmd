FEEDCTL_CONFIG=nowhere.yaml feedctl config show
