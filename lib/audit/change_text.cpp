#include "audit/change_text.hpp"

#include <cstdio>

#include "base/json.hpp"
#include "base/utf8.hpp"

namespace feedctl::audit {

namespace {

constexpr std::size_t max_value_size = 60;  // bytes

std::string to_text(const json::Value& value);

std::string list_text(const json::Array& items) {
  std::string out;
  for (const auto& item : items) out.append(out.empty() ? "" : ", ").append(to_text(item));
  return "[" + out + "]";
}

std::string members_text(const json::Object& members) {
  std::string out;
  for (const auto& [name, value] : members)
    out.append(out.empty() ? "" : ", ").append(name).append(" ").append(to_text(value));
  return "{" + out + "}";
}

std::string number_text(double value) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%g", value);
  return buffer;
}

std::string to_text(const json::Value& value) {
  if (const auto* text = value.text()) return *text;
  if (const auto* number = value.integer()) return std::to_string(*number);
  if (const auto* number = value.real()) return number_text(*number);
  if (const auto* flag = value.boolean()) return *flag ? "yes" : "no";
  if (const auto* items = value.array()) return list_text(*items);
  if (const auto* members = value.object()) return members_text(*members);
  return "-";
}

std::string short_text(const json::Value* value) {
  if (value == nullptr) return "-";
  const auto text = to_text(*value);
  const auto cut = utf8_prefix(text, max_value_size);
  return std::string(cut) + (cut.size() < text.size() ? ".." : "");
}

json::Value parse_members(const std::optional<std::string>& text) {
  return text ? json::parse(*text) : json::Value(json::Object{});
}

void append_member(std::string& out, const std::string& text) {
  out.append(out.empty() ? "" : ", ").append(text);
}

}  // namespace

std::string change_text(const Entry& entry) {
  const auto before = parse_members(entry.before), after = parse_members(entry.after);
  std::string out;
  if (const auto* members = before.object()) {
    for (const auto& [name, value] : *members) {
      const auto next = entry.after ? " -> " + short_text(after.find(name)) : "";
      append_member(out, name + " " + short_text(&value) + next);
    }
  }
  if (const auto* members = after.object()) {
    for (const auto& [name, value] : *members) {
      if (before.find(name) == nullptr) append_member(out, name + " " + short_text(&value));
    }
  }
  return out;
}

}  // namespace feedctl::audit
