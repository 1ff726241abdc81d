#include "imports/json_members.hpp"

#include "base/text.hpp"

namespace feedctl::imports {

JsonMembers::JsonMembers(const std::vector<std::string>& paths) {
  for (const auto& path : paths) add(path);
}

void JsonMembers::add(std::string_view path) {
  if (path.empty()) return;
  const auto name = next_field(path, '.');
  for (const auto& child : children_) {
    if (child->name_ == name) return child->add(path);
  }
  children_.push_back(std::make_unique<JsonMembers>());
  children_.back()->name_ = name;
  children_.back()->add(path);
}

const JsonMembers* JsonMembers::find(std::string_view name) const {
  for (const auto& child : children_) {
    if (child->name_ == name) return child.get();
  }
  return nullptr;
}

}  // namespace feedctl::imports
