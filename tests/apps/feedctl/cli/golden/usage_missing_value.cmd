feedctl migrate up --lock-wait
