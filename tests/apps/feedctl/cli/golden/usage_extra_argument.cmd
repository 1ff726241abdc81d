feedctl migrate up now
