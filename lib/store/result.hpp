#pragma once
// Parameters and rows of statements. Values travel as text. Plain values.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"

namespace feedctl::store {

// The $1, $2, .. of a statement, in order. Strings are copied.
class Params {
 public:
  Params& add(std::int64_t v) {
    values_.emplace_back(std::to_string(v));
    return *this;
  }
  Params& add(int v) { return add(std::int64_t{v}); }
  Params& add(bool v) {
    values_.emplace_back(v ? "t" : "f");
    return *this;
  }
  Params& add(std::string_view v) {
    values_.emplace_back(std::string(v));
    return *this;
  }
  Params& add(const char* v) { return add(std::string_view(v)); }
  Params& add(const std::string& v) { return add(std::string_view(v)); }
  Params& add(Time v) { return add(rfc3339(v)); }
  Params& add(std::nullopt_t) {
    values_.emplace_back(std::nullopt);
    return *this;
  }
  template <typename T>
  Params& add(const std::optional<T>& v) {
    return v ? add(*v) : add(std::nullopt);
  }
  // An array literal, for unnest($1::bigint[]) and = ANY($1::bigint[]).
  Params& add(const std::vector<std::int64_t>& v);
  Params& add(const std::vector<std::string>& v);  // text[]

  const std::vector<std::optional<std::string>>& values() const { return values_; }

 private:
  std::vector<std::optional<std::string>> values_;
};

template <typename... T>
Params params(const T&... values) {
  Params p;
  (p.add(values), ...);
  return p;
}

// One row: a view into its Result, which must outlive it. Columns count from 0. Error(internal) for
// a column of another type.
class Row {
 public:
  bool is_null(int column) const;
  std::int64_t integer(int column) const;
  bool boolean(int column) const;
  std::string_view text(int column) const;
  Time time(int column) const;  // from a bigint of microseconds, as feedctl_us(timestamptz) gives
  // A bigint[] as PostgreSQL writes it: {1,2,3}.
  std::vector<std::int64_t> integers(int column) const;
  std::optional<std::int64_t> maybe_integer(int column) const;
  std::optional<std::string> maybe_text(int column) const;

 private:
  friend class Result;
  Row(const void* result, std::size_t index) : result_(result), index_(index) {}
  const void* result_;
  std::size_t index_;
};

// All rows of a statement. Cheap to copy (shared, immutable).
class Result {
 public:
  explicit Result(std::shared_ptr<const void> rows, std::size_t size, std::size_t affected)
      : rows_(std::move(rows)), size_(size), affected_(affected) {}
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  std::size_t affected() const { return affected_; }  // rows inserted, updated or deleted
  Row operator[](std::size_t i) const { return Row{rows_.get(), i}; }
  // Row 0; Error(internal) if there is none.
  Row single_row() const;

  class Iterator {
   public:
    Iterator(const Result* result, std::size_t at) : result_(result), at_(at) {}
    Row operator*() const { return (*result_)[at_]; }
    Iterator& operator++() {
      ++at_;
      return *this;
    }
    bool operator!=(const Iterator& other) const { return at_ != other.at_; }

   private:
    const Result* result_;
    std::size_t at_;
  };
  Iterator begin() const { return {this, 0}; }
  Iterator end() const { return {this, size_}; }

 private:
  std::shared_ptr<const void> rows_;
  std::size_t size_;
  std::size_t affected_;
};

}  // namespace feedctl::store
