#include "loadtest/answer_scan.hpp"

#include <charconv>

namespace feedctl::loadtest {

namespace {

// The longest cursor that the API takes.
constexpr std::size_t max_cursor = 4096;

}  // namespace

std::optional<Id> next_post_id(std::string_view body, std::size_t& from) {
  // An author begins so, too, but goes on with its handle.
  constexpr std::string_view start = R"({"id":)", next_member = R"(,"author_id":)";
  for (;;) {
    const auto at = body.find(start, from);
    if (at == std::string_view::npos) {
      from = body.size();
      return std::nullopt;
    }
    from = at + start.size();
    Id id = 0;
    const auto* digits = body.data() + from;
    const auto [end, error] = std::from_chars(digits, body.data() + body.size(), id);
    from += static_cast<std::size_t>(end - digits);
    if (error == std::errc{} && id > 0 && body.substr(from).starts_with(next_member)) return id;
  }
}

std::string_view next_cursor_in(std::string_view body) {
  constexpr std::string_view member = R"("next_cursor":")";
  const auto at = body.rfind(member);
  if (at == std::string_view::npos) return {};
  const auto value = body.substr(at + member.size());
  const auto end = value.find('"');
  if (end == std::string_view::npos || end > max_cursor) return {};
  const auto cursor = value.substr(0, end);
  return cursor.find('\\') == std::string_view::npos ? cursor : std::string_view{};
}

}  // namespace feedctl::loadtest
