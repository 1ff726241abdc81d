#pragma once
// Which members of an element of JSON a reader needs, as a tree of their paths. One thread.
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace feedctl::imports {

class JsonMembers {
 public:
  JsonMembers() = default;
  // "object.content" needs that member of "object"; no paths need everything.
  explicit JsonMembers(const std::vector<std::string>& paths);

  // Everything below is needed.
  bool is_everything() const { return children_.empty(); }
  // nullptr: the member is not needed.
  const JsonMembers* find(std::string_view name) const;

 private:
  void add(std::string_view path);

  std::string name_;
  std::vector<std::unique_ptr<JsonMembers>> children_;
};

}  // namespace feedctl::imports
