#pragma once
#include <string>
#include <vector>

#include "tree.hpp"

namespace feedctl::architecture {

struct Violation {
  std::string place;  // "lib/hot/page.cpp:12"
  std::string what;
};
using Violations = std::vector<Violation>;

// Libraries declare only libraries before them in lib/CMakeLists.txt, so there are no circles.
Violations upward_declarations(const Tree& tree);
// A library's sources include only their own folder and what it declares, directly or through
// those.
Violations undeclared_includes(const Tree& tree);
// Another library's header belongs to one place.
Violations leaking_libraries(const Tree& tree);
// Of a feature others include its one header; apps also its routes.
Violations features_entered_by_the_window(const Tree& tree);
// SQL lives in .sql files, and nothing is ever added to it.
Violations sql_in_code(const Tree& tree);

}  // namespace feedctl::architecture
