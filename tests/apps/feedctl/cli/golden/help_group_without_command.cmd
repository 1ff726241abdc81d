feedctl migrate
