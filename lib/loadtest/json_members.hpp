#pragma once
// Reads the members of a JSON object strictly: a missing member, another type, or a number out of
// range is an Error(bad_data) that names the file and the member's place. It borrows the value and
// the name of the file. Any thread.
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"

namespace feedctl::loadtest {

class JsonMembers {
 public:
  // `path`: "operations[2]", "" at the top.
  JsonMembers(const json::Value& value, std::string path, const std::string& source);

  // Whole numbers that every JSON reader keeps exactly.
  static constexpr std::int64_t max_integer = std::int64_t{1} << 53;

  std::uint64_t integer(std::string_view name, std::int64_t max = max_integer) const;
  // Finite and not negative.
  double real(std::string_view name) const;
  // The same, or NaN for null.
  double real_or_null(std::string_view name) const;
  double signed_real(std::string_view name) const;  // finite
  bool flag(std::string_view name) const;
  std::string text(std::string_view name) const;
  JsonMembers object(std::string_view name) const;
  // nullptr: there is none.
  const json::Value* find(std::string_view name) const { return value_.find(name); }
  // Of an object: its members, in their order.
  const json::Object& members() const { return *value_.object(); }

  using ForItem = std::function<void(const json::Value& item, const std::string& path)>;
  void each(std::string_view name, std::size_t max_count, const ForItem& work) const;
  using ForObject = std::function<void(const JsonMembers& object)>;
  void each_object(std::string_view name, std::size_t max_count, const ForObject& work) const;

  // "out.json: operations[2].latency: `what`".
  [[noreturn]] void fail(std::string_view name, const std::string& what) const;
  [[noreturn]] static void fail_at(const std::string& source, const std::string& path,
                                   const std::string& what);

 private:
  const json::Value& member(std::string_view name) const;
  std::string path_of(std::string_view name) const;

  const json::Value& value_;
  const std::string path_;
  const std::string& source_;
};

// A finite number; nullopt: anything else.
std::optional<double> number_of(const json::Value& value);
// In [0, max]; nullopt: anything else.
std::optional<std::uint64_t> integer_of(const json::Value& value,
                                        std::int64_t max = JsonMembers::max_integer);

}  // namespace feedctl::loadtest
