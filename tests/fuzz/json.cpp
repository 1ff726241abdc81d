// JSON: our reader takes what the second one takes and understands the same, and what our writer
// writes both read back.
#include "base/json.hpp"

#include "base/error.hpp"
#include "base/json_writer.hpp"
#include "fuzz/fuzz.hpp"
#include "fuzz/strict_json.hpp"

namespace feedctl::fuzz {
namespace {

constexpr int max_depth = 32;

std::string canonical_of(const json::Value& value) {
  if (value.is_null()) return "null";
  if (const auto* boolean = value.boolean()) return *boolean ? "true" : "false";
  if (const auto* integer = value.integer()) return "i" + std::to_string(*integer);
  if (const auto* real = value.real()) return canonical(*real);
  if (const auto* text = value.text()) return canonical(std::string_view(*text));
  std::string out;
  if (const auto* items = value.array()) {
    for (const auto& item : *items) out += canonical_of(item) + ";";
    return "[" + out + "]";
  }
  for (const auto& [key, member] : *value.object()) {
    out += canonical(std::string_view(key)) + canonical_of(member);
  }
  return "{" + out + "}";
}

void write(json::Writer& out, const json::Value& value) {
  if (value.is_null()) {
    out.null();
  } else if (const auto* boolean = value.boolean()) {
    out.boolean(*boolean);
  } else if (const auto* integer = value.integer()) {
    out.integer(*integer);
  } else if (const auto* real = value.real()) {
    out.real(*real);
  } else if (const auto* text = value.text()) {
    out.text(*text);
  } else if (const auto* items = value.array()) {
    out.open_array();
    for (const auto& item : *items) write(out, item);
    out.close_array();
  } else {
    out.open_object();
    for (const auto& [key, member] : *value.object()) {
      out.key(key);
      write(out, member);
    }
    out.close_object();
  }
}

std::optional<json::Value> ours(std::string_view text) {
  try {
    return json::parse(text);
  } catch (const Error& error) {
    require(error.code() == ErrorCode::invalid_argument, "a refusal of another kind");
    return std::nullopt;
  }
}

// A double without fraction is written like an integer, so only what has no such is compared.
void check_writer(const json::Value& value, const std::string& form) {
  std::string out;
  json::Writer writer(out);
  write(writer, value);
  const auto again = strict_json(out, max_depth);
  require(again.has_value(), "what was written cannot be read: " + shown(out));
  require(*again == form || form.find('d') != std::string::npos,
          "what was written is another value: " + shown(out));
}

}  // namespace

void json(std::string_view bytes) {
  const auto theirs = strict_json(bytes, max_depth);
  const auto value = ours(bytes);
  require(value.has_value() == theirs.has_value(),
          std::string(value ? "taken" : "refused") + ", and not by the other: " + shown(bytes));
  if (value) {
    const auto form = canonical_of(*value);
    require(form == *theirs, "another value: " + form + " instead of " + *theirs);
    check_writer(*value, form);
  }
  // Any bytes as a text.
  std::string out;
  json::append_quoted(out, bytes);
  require(strict_json(out, max_depth).has_value(), "no text of JSON: " + shown(out));
}

}  // namespace feedctl::fuzz
