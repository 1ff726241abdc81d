feedctl migrate up --lock-wait 5
