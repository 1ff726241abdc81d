#include "loadtest/prometheus_text.hpp"

#include <charconv>
#include <optional>

#include "base/ascii.hpp"
#include "base/text.hpp"

namespace feedctl::loadtest {

namespace {

constexpr std::size_t max_labels = 32;

bool is_space(char c) {
  return c == ' ' || c == '\t';
}

bool is_name_character(char c) {
  const char lower = to_lower(c);
  return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == ':';
}

std::optional<double> parse_value(std::string_view text) {
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  double value = 0;
  // Its words for infinity and NaN are those of the format, in any case.
  const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end.ec != std::errc{} || end.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

// One line: name, labels in braces, value, and a time that is ignored.
class LineParser {
 public:
  explicit LineParser(std::string_view line) : rest_(line) {}

  std::optional<MetricSample> parse() {
    MetricSample sample;
    sample.name = take_name();
    if (sample.name.empty()) return std::nullopt;
    skip_spaces();
    if (take('{') && !parse_labels(sample)) return std::nullopt;
    skip_spaces();
    const auto value = parse_value(take_word());
    skip_spaces();
    const auto time = take_word();
    skip_spaces();
    if (!value || !rest_.empty() || (!time.empty() && !parse_value(time))) return std::nullopt;
    sample.value = *value;
    return sample;
  }

 private:
  void skip_spaces() {
    while (!rest_.empty() && is_space(rest_.front())) rest_.remove_prefix(1);
  }
  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  template <typename Predicate>
  std::string_view take_while(Predicate predicate) {
    std::size_t size = 0;
    while (size < rest_.size() && predicate(rest_[size])) ++size;
    const auto taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  std::string_view take_name() { return take_while(is_name_character); }
  std::string_view take_word() {
    return take_while([](char c) { return !is_space(c); });
  }

  // Up to the closing brace; a comma may stand before it.
  bool parse_labels(MetricSample& sample) {
    while (sample.labels.size() < max_labels) {
      skip_spaces();
      if (take('}')) return true;
      std::string name(take_name());
      skip_spaces();
      if (name.empty() || !take('=')) return false;
      skip_spaces();
      auto value = parse_quoted();
      if (!value) return false;
      sample.labels.emplace_back(std::move(name), std::move(*value));
      skip_spaces();
      if (!take(',')) return take('}');
    }
    return false;
  }

  std::optional<std::string> parse_quoted() {
    if (!take('"')) return std::nullopt;
    std::string value;
    while (!rest_.empty()) {
      char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '"') return value;
      if (c == '\\') {
        if (rest_.empty()) break;
        c = rest_.front() == 'n' ? '\n' : rest_.front();
        rest_.remove_prefix(1);
      }
      value += c;
    }
    return std::nullopt;
  }

  std::string_view rest_;
};

// The line without white space around it; "" for a comment.
std::string_view content_of(std::string_view line) {
  while (!line.empty() && (is_space(line.back()) || line.back() == '\r')) line.remove_suffix(1);
  while (!line.empty() && is_space(line.front())) line.remove_prefix(1);
  return !line.empty() && line.front() == '#' ? std::string_view{} : line;
}

}  // namespace

std::string_view MetricSample::label(std::string_view label_name) const {
  for (const auto& [own, text] : labels) {
    if (own == label_name) return text;
  }
  return {};
}

MetricsText parse_prometheus_text(std::string_view text) {
  MetricsText parsed;
  while (!text.empty()) {
    const auto line = content_of(next_field(text, '\n'));
    if (line.empty()) continue;
    auto sample =
        parsed.samples.size() < max_metric_samples ? LineParser(line).parse() : std::nullopt;
    if (sample)
      parsed.samples.push_back(std::move(*sample));
    else
      ++parsed.skipped_lines;
  }
  return parsed;
}

}  // namespace feedctl::loadtest
