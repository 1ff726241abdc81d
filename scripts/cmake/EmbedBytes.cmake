# Writes a file of any bytes into a C++ header as the array NAMESPACE::NAME.
file(READ "${FILES}" hex HEX)
string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
file(WRITE "${OUTPUT}" "#pragma once\n\nnamespace ${NAMESPACE} {\ninline constexpr unsigned char ${NAME}[] = {\n${bytes}};\n}\n")
