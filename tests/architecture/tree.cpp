#include "tree.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <regex>
#include <sstream>
#include <stdexcept>

namespace feedctl::architecture {
namespace {

namespace fs = std::filesystem;

std::string read_file(const fs::path& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path.string());
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> words(const std::string& text) {
  std::istringstream stream(text);
  return {std::istream_iterator<std::string>(stream), {}};
}

std::string without_comments(const std::string& cmake) {
  return std::regex_replace(cmake, std::regex("#[^\n]*"), "");
}

// The arguments of the first call of `function`.
std::string call(const std::string& cmake, const std::string& function) {
  const auto start = cmake.find(function + "(");
  if (start == std::string::npos) return "";
  const auto open = start + function.size() + 1;
  return cmake.substr(open, cmake.find(')', open) - open);
}

std::vector<std::string> read_order(const fs::path& lib) {
  auto order = words(call(without_comments(read_file(lib / "CMakeLists.txt")), "foreach"));
  if (!order.empty()) order.erase(order.begin());  // the loop's variable
  return order;
}

Library read_library(const fs::path& cmake) {
  Library library;
  std::vector<std::string>* list = nullptr;
  for (const auto& word : words(call(without_comments(read_file(cmake)), "feedctl_library"))) {
    if (word == "DEPS")
      list = &library.deps;
    else if (word == "SQL")
      list = &library.sql;
    else if (word == "EXTERNAL")
      list = nullptr;
    else if (list != nullptr)
      list->push_back(word);
  }
  return library;
}

bool is_source(const fs::path& path) {
  return path.extension() == ".cpp" || path.extension() == ".hpp" || path.extension() == ".h";
}

}  // namespace

Tree read_tree(const fs::path& root) {
  Tree tree;
  tree.order = read_order(root / "lib");
  for (const auto* top : {"lib", "apps", "tests"}) {
    if (!fs::exists(root / top)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(root / top)) {
      const auto path = entry.path().lexically_relative(root);
      if (entry.is_regular_file() && is_source(path)) {
        auto step = path.begin();
        File file;
        file.path = path.generic_string();
        file.folder = std::string(top) + "/" + (++step)->string();
        scan(read_file(entry.path()), file);
        tree.files.push_back(std::move(file));
      }
      if (path.filename() == "CMakeLists.txt" && std::string(top) == "lib" &&
          path.parent_path() != "lib") {
        tree.libraries[path.parent_path().filename().string()] = read_library(entry.path());
      }
    }
  }
  std::sort(tree.files.begin(), tree.files.end(),
            [](const File& a, const File& b) { return a.path < b.path; });
  return tree;
}

}  // namespace feedctl::architecture
