#include "loadtest/json_members.hpp"

#include <cmath>
#include <limits>

#include "base/error.hpp"

namespace feedctl::loadtest {

std::optional<double> number_of(const json::Value& value) {
  if (const auto* whole = value.integer()) return static_cast<double>(*whole);
  if (const auto* real = value.real(); real != nullptr && std::isfinite(*real)) return *real;
  return std::nullopt;
}

std::optional<std::uint64_t> integer_of(const json::Value& value, std::int64_t max) {
  const auto* number = value.integer();
  if (number == nullptr || *number < 0 || *number > max) return std::nullopt;
  return static_cast<std::uint64_t>(*number);
}

JsonMembers::JsonMembers(const json::Value& value, std::string path, const std::string& source)
    : value_(value), path_(std::move(path)), source_(source) {
  if (value.object() == nullptr) fail_at(source_, path_, "must be an object");
}

std::uint64_t JsonMembers::integer(std::string_view name, std::int64_t max) const {
  if (const auto number = integer_of(member(name), max)) return *number;
  fail(name, "must be a whole number from 0 to " + std::to_string(max));
}

double JsonMembers::real(std::string_view name) const {
  if (const auto number = number_of(member(name)); number && *number >= 0) return *number;
  fail(name, "must be a number of at least 0");
}

double JsonMembers::signed_real(std::string_view name) const {
  if (const auto number = number_of(member(name))) return *number;
  fail(name, "must be a number");
}

double JsonMembers::real_or_null(std::string_view name) const {
  return member(name).is_null() ? std::numeric_limits<double>::quiet_NaN() : real(name);
}

bool JsonMembers::flag(std::string_view name) const {
  if (const auto* value = member(name).boolean()) return *value;
  fail(name, "must be true or false");
}

std::string JsonMembers::text(std::string_view name) const {
  if (const auto* value = member(name).text()) return *value;
  fail(name, "must be a text");
}

JsonMembers JsonMembers::object(std::string_view name) const {
  return {member(name), path_of(name), source_};
}

void JsonMembers::each(std::string_view name, std::size_t max_count, const ForItem& work) const {
  const auto* items = member(name).array();
  if (items == nullptr) fail(name, "must be a list");
  if (items->size() > max_count)
    fail(name, "has more than " + std::to_string(max_count) + " items");
  for (std::size_t i = 0; i < items->size(); ++i)
    work((*items)[i], path_of(name) + "[" + std::to_string(i) + "]");
}

void JsonMembers::each_object(std::string_view name, std::size_t max_count,
                              const ForObject& work) const {
  each(name, max_count, [&](const json::Value& item, const std::string& path) {
    work(JsonMembers(item, path, source_));
  });
}

void JsonMembers::fail(std::string_view name, const std::string& what) const {
  fail_at(source_, path_of(name), what);
}

void JsonMembers::fail_at(const std::string& source, const std::string& path,
                          const std::string& what) {
  throw Error(ErrorCode::bad_data, source + ": " + (path.empty() ? "it" : path) + " " + what)
      .with_hint(
          "give a result that `feedctl loadtest --result FILE` or `feedctl loadtest merge` "
          "wrote");
}

const json::Value& JsonMembers::member(std::string_view name) const {
  if (const auto* value = value_.find(name)) return *value;
  fail(name, "is missing");
}

std::string JsonMembers::path_of(std::string_view name) const {
  return path_.empty() ? std::string(name) : path_ + "." + std::string(name);
}

}  // namespace feedctl::loadtest
