#include "store/result.hpp"

#include <charconv>

#include "base/error.hpp"
#include "store/result_fields.hpp"

namespace feedctl::store {

namespace {

const ResultFields::Field& field_at(const void* result, std::size_t row, int column) {
  const auto& rows = *static_cast<const ResultFields*>(result);
  const auto at = static_cast<std::size_t>(column);
  if (column < 0 || at >= rows.columns || row * rows.columns + at >= rows.fields.size()) {
    throw Error(ErrorCode::internal, "a row has no such column");
  }
  return rows.fields[row * rows.columns + at];
}

std::string_view required_field(const void* result, std::size_t row, int column) {
  const auto& f = field_at(result, row, column);
  if (f.text == nullptr) throw Error(ErrorCode::internal, "a column is unexpectedly null");
  return {f.text, f.size};
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

bool Row::is_null(int column) const {
  return field_at(result_, index_, column).text == nullptr;
}

std::int64_t Row::integer(int column) const {
  return number<std::int64_t>(required_field(result_, index_, column));
}
bool Row::boolean(int column) const {
  return required_field(result_, index_, column) == "t";
}
std::string_view Row::text(int column) const {
  return required_field(result_, index_, column);
}
Time Row::time(int column) const {
  return from_unix_us(integer(column));
}

std::vector<std::int64_t> Row::integers(int column) const {
  auto array = text(column);
  std::vector<std::int64_t> values;
  if (array.size() < 2) throw Error(ErrorCode::internal, "an array of numbers is none");
  array = array.substr(1, array.size() - 2);
  while (!array.empty()) {
    const auto comma = array.find(',');
    values.push_back(number<std::int64_t>(array.substr(0, comma)));
    array = comma == std::string_view::npos ? std::string_view{} : array.substr(comma + 1);
  }
  return values;
}

std::optional<std::int64_t> Row::maybe_integer(int column) const {
  if (is_null(column)) return std::nullopt;
  return integer(column);
}

std::optional<std::string> Row::maybe_text(int column) const {
  if (is_null(column)) return std::nullopt;
  return std::string(text(column));
}

ResultFields::ResultFields(pqxx::result result)
    : rows(std::move(result)), columns(static_cast<std::size_t>(rows.columns())) {
  const auto size = static_cast<std::size_t>(rows.size());
  fields.reserve(size * columns);
  auto row = rows.begin();
  for (std::size_t i = 0; i < size; ++i, ++row) {
    auto field = row->begin();
    for (std::size_t column = 0; column < columns; ++column, ++field) {
      if (field->is_null())
        fields.push_back({nullptr, 0});
      else
        fields.push_back({field->c_str(), static_cast<std::size_t>(field->size())});
    }
  }
}

Result to_result(pqxx::result rows) {
  const auto affected = static_cast<std::size_t>(rows.affected_rows());
  auto fields = std::make_shared<const ResultFields>(std::move(rows));
  const auto size = static_cast<std::size_t>(fields->rows.size());
  return Result(std::move(fields), size, affected);
}

Row Result::single_row() const {
  if (empty()) throw Error(ErrorCode::internal, "a statement that always answers gave no row");
  return (*this)[0];
}

}  // namespace feedctl::store
