#pragma once
#include <string>
#include <vector>

#include "tree.hpp"

namespace feedctl::architecture {

struct Violation {
  std::string location;  // "lib/hot/hot_feed.cpp:12"
  std::string message;
};
using Violations = std::vector<Violation>;

// Libraries declare only libraries before them in lib/CMakeLists.txt, so there are no cycles.
Violations upward_declarations(const Tree& tree);
// A library's sources include only their own folder and declared libraries, also indirectly.
Violations undeclared_includes(const Tree& tree);
// Each third-party header is included only in the folders of its rule.
Violations leaked_third_party_headers(const Tree& tree);
// Other folders include only a feature's public header; apps also its routes.
Violations private_header_includes(const Tree& tree);
// SQL stands in .sql files, and no code appends to it.
Violations embedded_sql(const Tree& tree);
// No source file is longer than 450 lines.
Violations long_files(const Tree& tree);

}  // namespace feedctl::architecture
