# Writes a text file into a C++ header as the constant NAMESPACE::NAME.
file(READ "${FILES}" text)
file(WRITE "${OUTPUT}" "#pragma once\n\nnamespace ${NAMESPACE} {\ninline constexpr const char* ${NAME} = R\"text(${text})text\";\n}\n")
