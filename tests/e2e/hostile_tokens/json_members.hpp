#pragma once
// The members of a JSON object as raw text: what a forger edits. Order is kept, and a name may
// stand twice. Plain values.
#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "base/json.hpp"
#include "base/json_writer.hpp"

namespace feedctl::hostile {

class JsonMembers {
 public:
  // Texts, integers and booleans, of which tokens consist.
  static JsonMembers parse(const std::string& text) {
    JsonMembers members;
    const auto value = json::parse(text);
    if (value.object() == nullptr) throw std::runtime_error("no object: " + text);
    for (const auto& [name, member] : *value.object()) members.add(name, raw_text(member));
    return members;
  }

  JsonMembers& add(const std::string& name, const std::string& raw) {
    members_.emplace_back(name, raw);
    return *this;
  }
  // Adds it where it is missing.
  JsonMembers& set(const std::string& name, const std::string& raw) {
    const auto found = std::find_if(members_.begin(), members_.end(),
                                    [&](const auto& member) { return member.first == name; });
    if (found == members_.end()) return add(name, raw);
    found->second = raw;
    return *this;
  }
  JsonMembers& remove(const std::string& name) {
    const auto same = [&](const auto& member) { return member.first == name; };
    members_.erase(std::remove_if(members_.begin(), members_.end(), same), members_.end());
    return *this;
  }

  std::string text() const {
    std::string out;
    for (const auto& [name, raw] : members_) {
      out += (out.empty() ? "\"" : ",\"") + name + "\":" + raw;
    }
    return "{" + out + "}";
  }

 private:
  static std::string raw_text(const json::Value& value) {
    if (value.integer() != nullptr) return std::to_string(*value.integer());
    if (value.boolean() != nullptr) return *value.boolean() ? "true" : "false";
    if (value.text() == nullptr) throw std::runtime_error("a member that tokens do not have");
    std::string out;
    json::Writer(out).text(*value.text());
    return out;
  }

  std::vector<std::pair<std::string, std::string>> members_;
};

inline std::string quoted(const std::string& text) {
  return '"' + text + '"';
}

}  // namespace feedctl::hostile
