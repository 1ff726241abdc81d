#include "support/json_schema.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <regex>
#include <stdexcept>

#include "support/json.hpp"

namespace feedctl::support {

namespace {

using json::Value;

const std::set<std::string> annotations{"description", "example", "default", "title"};
const std::set<std::string> assertions{
    "$ref",     "type",     "properties", "required", "items",     "enum",
    "const",    "format",   "minimum",    "maximum",  "maxLength", "pattern",
    "minItems", "maxItems", "oneOf",      "anyOf",    "allOf",     "additionalProperties"};

const std::string date_time_pattern =
    R"(^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?Z$)";
const std::string uuid_pattern = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$";

bool has_type(const Value& value, const std::string& type) {
  if (type == "null") return value.is_null();
  if (type == "boolean") return value.boolean() != nullptr;
  if (type == "integer") return value.integer() != nullptr;
  if (type == "number") return value.integer() != nullptr || value.real() != nullptr;
  if (type == "string") return value.text() != nullptr;
  if (type == "array") return value.array() != nullptr;
  if (type == "object") return value.object() != nullptr;
  throw std::logic_error("the checker does not know the type " + type);
}

bool is_scalar(const Value& value) {
  return value.array() == nullptr && value.object() == nullptr;
}

bool is_same(const Value& a, const Value& b) {
  if (!is_scalar(a)) throw std::logic_error("the checker compares scalars only");
  if (a.is_null() || b.is_null()) return a.is_null() && b.is_null();
  if (a.boolean() && b.boolean()) return *a.boolean() == *b.boolean();
  if (a.integer() && b.integer()) return *a.integer() == *b.integer();
  if (a.real() && b.real()) return *a.real() == *b.real();
  return a.text() && b.text() && *a.text() == *b.text();
}

double number_of(const Value& value) {
  return value.integer() ? static_cast<double>(*value.integer()) : *value.real();
}

std::size_t code_points(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

// Each pattern is compiled once: that takes many times as long as a search.
bool matches(const std::string& text, const std::string& pattern) {
  static std::mutex mutex;
  static std::map<std::string, const std::regex> compiled;
  const std::regex* regex = nullptr;
  {
    const std::lock_guard lock(mutex);
    regex = &compiled.try_emplace(pattern, pattern).first->second;  // stays where it is
  }
  return std::regex_search(text, *regex);
}

}  // namespace

// One run over a value.
struct JsonSchema::Check {
  const JsonSchema& owner;
  std::vector<std::string> faults = {};

  void add(const std::string& place, const std::string& what) {
    faults.push_back((place.empty() ? "/" : place) + ": " + what);
  }

  // `is_closed`: members that the schema does not name are faults.
  void check(const Value& schema, const Value& value, const std::string& place, bool is_closed) {
    for (const auto& [keyword, argument] : *schema.object()) {
      if (annotations.count(keyword) > 0) continue;
      if (assertions.count(keyword) == 0)
        throw std::logic_error("the checker does not know the keyword " + keyword);
      if (keyword == "$ref") check(owner.resolve(schema), value, place, false);
      if (keyword == "allOf") {
        for (const auto& part : items_of(argument)) check(part, value, place, false);
      }
      if (keyword == "oneOf" || keyword == "anyOf")
        check_alternatives(argument, value, place, keyword == "oneOf");
      check_scalar(keyword, argument, value, place);
    }
    if (value.array()) check_array(schema, value, place);
    if (value.object()) check_object(schema, value, place, is_closed);
  }

  // Each alternative is the whole value.
  void check_alternatives(const Value& schemas, const Value& value, const std::string& place,
                          bool is_exclusive) {
    int fitting = 0;
    std::string why;
    for (const auto& schema : items_of(schemas)) {
      Check one{owner};
      one.check(schema, value, place, true);
      if (one.faults.empty())
        ++fitting;
      else
        why += " [" + one.faults[0] + "]";
    }
    if (fitting == 0) add(place, "none of the alternatives:" + why);
    if (fitting > 1 && is_exclusive) add(place, "more than one of the alternatives");
  }

  void check_scalar(const std::string& keyword, const Value& argument, const Value& value,
                    const std::string& place) {
    if (keyword == "type") check_type(argument, value, place);
    if (keyword == "const" && !is_same(argument, value)) add(place, "not the constant");
    if (keyword == "enum") {
      const auto& choices = items_of(argument);
      if (std::none_of(choices.begin(), choices.end(),
                       [&](const Value& choice) { return is_same(choice, value); }))
        add(place, "none of the choices");
    }
    if (keyword == "format") check_format(*argument.text(), value, place);
    if (value.integer() || value.real()) {
      if (keyword == "minimum" && number_of(value) < number_of(argument)) add(place, "too small");
      if (keyword == "maximum" && number_of(value) > number_of(argument)) add(place, "too large");
    }
    if (const auto* text = value.text()) {
      if (keyword == "maxLength" &&
          code_points(*text) > static_cast<std::size_t>(*argument.integer()))
        add(place, "too long");
      if (keyword == "pattern" && !matches(*text, *argument.text()))
        add(place, "does not match " + *argument.text());
    }
  }

  void check_type(const Value& argument, const Value& value, const std::string& place) {
    if (const auto* type = argument.text()) {
      if (!has_type(value, *type)) add(place, "no " + *type);
      return;
    }
    const auto& types = items_of(argument);
    if (std::none_of(types.begin(), types.end(),
                     [&](const Value& type) { return has_type(value, *type.text()); }))
      add(place, "of none of the types");
  }

  void check_format(const std::string& format, const Value& value, const std::string& place) {
    const auto* text = value.text();
    if (format == "date-time") {
      if (text && !matches(*text, date_time_pattern)) add(place, "no time in UTC");
    } else if (format == "uuid") {
      if (text && !matches(*text, uuid_pattern)) add(place, "no UUID");
    } else if (format == "int64") {
      if (value.real()) add(place, "no integer of 64 bits");
    } else {
      throw std::logic_error("the checker does not know the format " + format);
    }
  }

  void check_array(const Value& schema, const Value& value, const std::string& place) {
    const auto& items = *value.array();
    const auto bound = [&](const char* keyword) {
      const auto* number = schema.find(keyword);
      return number ? number->integer() : nullptr;
    };
    const auto size = static_cast<std::int64_t>(items.size());
    if (const auto* min = bound("minItems"); min && size < *min) add(place, "too few items");
    if (const auto* max = bound("maxItems"); max && size > *max) add(place, "too many items");
    const auto* of_items = schema.find("items");
    for (std::size_t i = 0; of_items != nullptr && i < items.size(); ++i)
      check(*of_items, items[i], place + "/" + std::to_string(i), true);
  }

  void check_object(const Value& schema, const Value& value, const std::string& place,
                    bool is_closed) {
    if (const auto* required = schema.find("required")) {
      for (const auto& name : items_of(*required)) {
        if (value.find(*name.text()) == nullptr) add(place, "no " + *name.text());
      }
    }
    const auto* properties = schema.find("properties");
    const auto* others = schema.find("additionalProperties");
    std::set<std::string> named;
    const bool is_open = !is_closed || has_alternatives(schema) || !collect_names(schema, named);
    for (const auto& [name, member] : *value.object()) {
      const auto below = place + "/" + name;
      const auto* own = properties != nullptr ? properties->find(name) : nullptr;
      if (own != nullptr)
        check(*own, member, below, true);
      else if (others != nullptr && others->object())
        check(*others, member, below, true);
      else if (others != nullptr && !*others->boolean())
        add(below, "not allowed");
      else if (!is_open && named.count(name) == 0)
        add(below, "not documented");
    }
  }

  // Then the alternatives say which members there may be.
  static bool has_alternatives(const Value& schema) {
    return schema.find("oneOf") != nullptr || schema.find("anyOf") != nullptr;
  }

  // The members that the schema names; false where it allows any.
  bool collect_names(const Value& schema, std::set<std::string>& names) const {
    if (schema.find("additionalProperties") != nullptr || has_alternatives(schema)) return false;
    if (const auto* properties = schema.find("properties")) {
      for (const auto& [name, member] : *properties->object()) names.insert(name);
    }
    if (schema.find("$ref") != nullptr && !collect_names(owner.resolve(schema), names))
      return false;
    const auto* parts = schema.find("allOf");
    if (parts == nullptr) return true;
    const auto& list = items_of(*parts);
    return std::all_of(list.begin(), list.end(),
                       [&](const Value& part) { return collect_names(part, names); });
  }
};

std::vector<std::string> JsonSchema::faults(const Value& schema, const Value& value) const {
  Check check{*this};
  check.check(schema, value, "", true);
  return check.faults;
}

void JsonSchema::require_known_keywords(const Value& schema) const {
  if (schema.object() == nullptr) return;  // additionalProperties: true
  for (const auto& [keyword, argument] : *schema.object()) {
    if (annotations.count(keyword) == 0 && assertions.count(keyword) == 0)
      throw std::logic_error("the checker does not know the keyword " + keyword);
    if (keyword == "items" || keyword == "additionalProperties") require_known_keywords(argument);
    if (keyword == "properties") {
      for (const auto& [name, member] : *argument.object()) require_known_keywords(member);
    }
    if (keyword == "oneOf" || keyword == "anyOf" || keyword == "allOf") {
      for (const auto& part : items_of(argument)) require_known_keywords(part);
    }
  }
}

const Value& JsonSchema::resolve(const Value& value) const {
  const auto* reference = value.find("$ref");
  if (reference == nullptr) return value;
  const auto& path = *reference->text();
  if (path.substr(0, 2) != "#/")
    throw std::logic_error("no reference within the document: " + path);
  const Value* target = &document_;
  for (std::size_t at = 2; target != nullptr && at <= path.size();) {
    const auto end = std::min(path.find('/', at), path.size());
    target = target->find(path.substr(at, end - at));
    at = end + 1;
  }
  if (target == nullptr) throw std::logic_error("the document has no " + path);
  return resolve(*target);
}

}  // namespace feedctl::support
