feedctl migrate upp
