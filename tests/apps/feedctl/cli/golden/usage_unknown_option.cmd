feedctl migrate up --lock-wiat 5s
