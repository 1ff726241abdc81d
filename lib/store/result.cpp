#include "store/result.hpp"

#include <charconv>
#include <pqxx/pqxx>

#include "base/error.hpp"

namespace feedctl::store {

namespace {

const pqxx::result& rows_of(const void* result) {
  return *static_cast<const pqxx::result*>(result);
}

std::string_view field(const void* result, std::size_t row, int column) {
  const auto& rows = rows_of(result);
  const auto at = static_cast<pqxx::result::size_type>(row);
  if (at >= rows.size() || column >= static_cast<int>(rows.columns())) {
    throw Error(ErrorCode::internal, "a row has no such column");
  }
  const auto f = rows[at][static_cast<pqxx::row::size_type>(column)];
  if (f.is_null()) throw Error(ErrorCode::internal, "a column is unexpectedly null");
  return {f.c_str(), static_cast<std::size_t>(f.size())};
}

template <typename Number>
Number number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) {
    throw Error(ErrorCode::internal, "a column holds no number");
  }
  return value;
}

void append_element(std::string& out, const std::string& text) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

}  // namespace

Params& Params::add(const std::vector<std::int64_t>& v) {
  std::string text = "{";
  for (const auto n : v) {
    if (text.size() > 1) text += ',';
    text += std::to_string(n);
  }
  values_.emplace_back(std::move(text += '}'));
  return *this;
}

Params& Params::add(const std::vector<std::string>& v) {
  std::string text = "{";
  for (const auto& s : v) {
    if (text.size() > 1) text += ',';
    append_element(text, s);
  }
  values_.emplace_back(std::move(text += '}'));
  return *this;
}

bool Row::null(int column) const {
  return rows_of(result_)[static_cast<pqxx::result::size_type>(index_)]
                         [static_cast<pqxx::row::size_type>(column)]
                             .is_null();
}

std::int64_t Row::integer(int column) const {
  return number<std::int64_t>(field(result_, index_, column));
}
double Row::real(int column) const {
  return number<double>(field(result_, index_, column));
}
bool Row::boolean(int column) const {
  return field(result_, index_, column) == "t";
}
std::string_view Row::text(int column) const {
  return field(result_, index_, column);
}
Time Row::time(int column) const {
  return from_unix_us(integer(column));
}

std::optional<std::int64_t> Row::maybe_integer(int column) const {
  if (null(column)) return std::nullopt;
  return integer(column);
}

std::optional<std::string> Row::maybe_text(int column) const {
  if (null(column)) return std::nullopt;
  return std::string(text(column));
}

Row Result::only() const {
  if (empty()) throw Error(ErrorCode::internal, "a statement that always answers gave no row");
  return (*this)[0];
}

}  // namespace feedctl::store
