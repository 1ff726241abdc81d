#include "seed/graph_reader.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <set>
#include <string_view>

#include "base/error.hpp"
#include "base/utf8.hpp"

namespace feedctl::seed {

namespace {

constexpr std::size_t max_edges = 20'000'000;
constexpr std::uint32_t max_node = 999'999'999;

std::string_view trimmed(std::string_view text) {
  const auto from = text.find_first_not_of(" \t\r");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t\r") - from + 1);
}

std::optional<std::uint32_t> parse_node(std::string_view& text) {
  std::uint32_t node = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), node);
  if (error != std::errc{} || node > max_node) return std::nullopt;
  text = trimmed(text.substr(static_cast<std::size_t>(end - text.data())));
  return node;
}

[[noreturn]] void throw_bad_line(const std::string& source, std::size_t line,
                                 const std::string& what) {
  throw Error(ErrorCode::bad_data, source + ":" + std::to_string(line) + ": " + what)
      .with_hint("write two node numbers a line, as in \"0 1\"");
}

}  // namespace

World read_graph(std::istream& in, const std::string& source, bool directed, Time now) {
  using Edge = std::pair<std::uint32_t, std::uint32_t>;
  World world;
  std::set<Edge> edges;
  std::set<std::uint32_t> nodes;
  std::string raw;
  for (std::size_t number = 1; std::getline(in, raw); ++number) {
    auto line = trimmed(number == 1 ? without_bom(raw) : raw);
    if (line.empty() || line.front() == '#' || line.front() == '%') continue;
    const auto a = parse_node(line);
    const auto b = a ? parse_node(line) : std::nullopt;
    if (!a || !b || !line.empty())
      throw_bad_line(source, number, "not an edge: \"" + raw.substr(0, 40) + "\"");
    nodes.insert({*a, *b});
    bool news = *a != *b && edges.insert({*a, *b}).second;
    if (!directed && news) news = edges.insert({*b, *a}).second;
    if (!news) ++world.skipped_lines;
    if (edges.size() > max_edges) throw_bad_line(source, number, "more than 20 million edges");
  }
  std::map<std::uint32_t, std::size_t> index;
  for (const auto node : nodes) {
    const auto handle = "u" + std::to_string(node);
    index[node] = world.users.size();
    world.users.push_back({handle, handle, now});
  }
  for (const auto& [a, b] : edges) world.follows.emplace_back(index[a], index[b]);
  return world;
}

}  // namespace feedctl::seed
