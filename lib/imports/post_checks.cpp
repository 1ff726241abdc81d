#include "imports/post_checks.hpp"

#include <utility>

#include "base/error.hpp"
#include "base/utf8.hpp"
#include "imports/text_limits.hpp"

namespace feedctl::imports {
namespace {

constexpr Time earliest = std::chrono::sys_days{std::chrono::year{2000} / 1 / 1};

bool is_valid_id(const std::string& id) {
  return !id.empty() && id.size() <= max_external_id_bytes && id.find('\0') == std::string::npos &&
         utf8_length(id).has_value();
}

}  // namespace

std::optional<json::Value> parse_item(std::string_view item, ImportSink& sink) {
  try {
    return json::parse(item);
  } catch (const Error&) {
    sink.on_skipped(utf8_length(item) ? SkipReason::malformed : SkipReason::bad_text);
    return std::nullopt;
  }
}

const std::string* text_member(const json::Value& value, std::string_view key) {
  const auto* member = value.find(key);
  return member ? member->text() : nullptr;
}

bool is_plausible(Time at, Time now) {
  return at >= earliest && at <= now;
}

void deliver_post(ImportedPost post, Time now, ImportSink& sink) {
  if (!is_valid_id(post.external_id)) return sink.on_skipped(SkipReason::malformed);
  if (!is_plausible(post.at, now)) return sink.on_skipped(SkipReason::bad_time);
  if (!utf8_length(post.text)) return sink.on_skipped(SkipReason::bad_text);
  auto cut = cut_text(std::move(post.text));
  if (cut.text.empty() || is_blank(cut.text)) return sink.on_skipped(SkipReason::no_text);
  post.text = std::move(cut.text);
  post.was_cut = cut.was_cut;
  sink.on_post(std::move(post));
}

}  // namespace feedctl::imports
