feedctl config show --origin=maybe
