feedctl --bogus
