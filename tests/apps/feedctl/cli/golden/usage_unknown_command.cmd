feedctl sevre
