#include "feedctl/top/frame.hpp"

#include <algorithm>

#include "feedctl/top/figures.hpp"

namespace feedctl::cli::live {

namespace {

std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

// At most `width` code points; a text that is cut ends in "~".
std::string cut(const std::string& text, std::size_t width) {
  if (width_of(text) <= width) return text;
  std::size_t at = 0, count = 0;
  for (; at < text.size(); ++at) {
    const bool is_first = (static_cast<unsigned char>(text[at]) & 0xc0) != 0x80;
    if (is_first && ++count == std::max<std::size_t>(width, 1)) break;
  }
  return text.substr(0, at) + (width > 0 ? "~" : "");
}

std::string left(const std::string& text, std::size_t width) {
  const auto fitted = cut(text, width);
  return fitted + std::string(width - std::min(width, width_of(fitted)), ' ');
}

std::string right(const std::string& text, std::size_t width) {
  const auto fitted = cut(text, width);
  return std::string(width - std::min(width, width_of(fitted)), ' ') + fitted;
}

void fit(Line& line, std::size_t width) {
  std::size_t used = 0;
  for (auto& span : line) {
    span.text = cut(span.text, width - used);
    used += width_of(span.text);
  }
}

Style style_of_count(double per_second, Style if_some) {
  return per_second > 0 ? if_some : Style::plain;
}

Style style_of_status(const std::string& status) {
  if (status == "ok") return Style::good;
  if (status == "-") return Style::dim;
  return status == "degraded" || status == "draining" || status == "starting" ? Style::warning
                                                                              : Style::bad;
}

// Columns of the table of processes; some only on a wide screen.
constexpr std::size_t wide = 104;
constexpr std::size_t min_name = 14;

bool is_wide(const View& view) {
  return view.width >= wide;
}

std::size_t server_name_width(const View& view) {
  const std::size_t others = is_wide(view) ? 88 : 61;
  return view.width > others + min_name ? std::min<std::size_t>(view.width - others, 40) : min_name;
}

Line server_titles(const View& view) {
  std::string text = left("PROCESS", server_name_width(view)) + " ROLE  STATE    ";
  if (is_wide(view)) text += "     UP";
  text += "    REQ/S     P50     P99  ERR/S";
  if (is_wide(view)) text += "  REFUS FLIGHT  CONN";
  return {{text + "   CPU    MEM", Style::header}};
}

void add_rates(Line& line, const ServerState& server, const View& view) {
  const auto& metrics = server.last->metrics;
  const bool has_rates = server.rates && server.role() == "serve";
  const RouteRates none;
  const auto& total = has_rates ? server.rates->total : none;
  const auto figure = [&](const std::string& text) { return has_rates ? text : std::string("-"); };
  line.push_back({right(figure(per_second(total.requests)), 9)});
  line.push_back({right(seconds_text(total.latency.quantile(0.5)), 8)});
  line.push_back({right(seconds_text(total.latency.quantile(0.99)), 8)});
  line.push_back(
      {right(figure(per_second(total.errors)), 7), style_of_count(total.errors, Style::bad)});
  if (is_wide(view)) {
    line.push_back({right(figure(per_second(total.refused)), 7),
                    style_of_count(total.refused, Style::warning)});
    line.push_back({right(count_or_dash(metrics.in_flight), 7)});
    line.push_back({right(count_or_dash(metrics.connections), 6)});
  }
  line.push_back({right(server.rates ? share(server.rates->cpu) : "-", 6)});
  line.push_back({right(size_or_dash(metrics.resident_bytes), 7)});
}

Line server_line(const ServerState& server, const View& view) {
  Line line{{left(server.name, server_name_width(view)) + " "}};
  line.push_back({left(server.role(), 5) + " ", Style::dim});
  const auto status = server.status();
  line.push_back({left(status, 9), style_of_status(status)});
  if (server.kind() == ServerState::Kind::down) {
    line.push_back({"for " + age_text(view.steady_now - server.down_since) + ": " + server.failure,
                    Style::bad});
    return line;
  }
  if (server.kind() == ServerState::Kind::waiting) {
    line.push_back({"waits for its first answer", Style::dim});
    return line;
  }
  if (is_wide(view))
    line.push_back({right(age_or_dash(server.last->metrics.start_time, view.now), 7)});
  add_rates(line, server, view);
  return line;
}

void add_servers(std::vector<Line>& lines, const Dashboard& dashboard, const View& view,
                 std::size_t max_lines) {
  lines.push_back(server_titles(view));
  const auto& servers = dashboard.servers();
  // Those that are down come first where not all fit.
  std::vector<const ServerState*> shown;
  for (const auto& server : servers) shown.push_back(&server);
  if (servers.size() > max_lines)
    std::stable_partition(shown.begin(), shown.end(),
                          [](const ServerState* server) { return !server->is_up(); });
  const auto count = servers.size() > max_lines ? max_lines - 1 : servers.size();
  for (std::size_t i = 0; i < count; ++i) lines.push_back(server_line(*shown[i], view));
  if (count < servers.size())
    lines.push_back({{"and " + std::to_string(servers.size() - count) + " more", Style::dim}});
}

Line title_line(const Totals& totals, const View& view) {
  const bool all_up = totals.up == totals.servers;
  Line line{{"feedctl top ", Style::title},
            {clock_text(view.now) + "  "},
            {std::to_string(totals.up) + " of " + std::to_string(totals.servers) + " answer",
             all_up ? Style::plain : Style::bad},
            {", every " + interval_text(view.interval)}};
  if (view.is_paused) line.push_back({"  paused", Style::warning});
  return line;
}

Line panel(const std::string& title, std::vector<Figure> figures) {
  Line line{{left(title, 10), Style::header}};
  bool is_first = true;
  for (auto& figure : figures) {
    if (!is_first) line.push_back({"  "});
    is_first = false;
    line.push_back({std::move(figure.text), figure.style});
  }
  return line;
}

void add_panels(std::vector<Line>& lines, const Totals& totals, const View& view) {
  lines.push_back(panel("requests", request_figures(totals)));
  lines.push_back(panel("cache", cache_figures(totals)));
  lines.push_back(panel("events", event_figures(totals)));
  lines.push_back(panel("views", view_figures(totals, view.now)));
  lines.push_back(panel("index", index_figures(totals)));
  lines.push_back(panel("needs", dependency_figures(totals)));
  if (!totals.gauges.jobs.empty()) lines.push_back(panel("cron", job_figures(totals, view.now)));
}

Line route_titles(const View& view) {
  const auto name = view.width > 52 ? view.width - 42 : 10;
  const auto mark = [&](Sort sort, const char* title, std::size_t width) {
    return right(std::string(view.sort == sort ? ">" : "") + title, width);
  };
  return {{left(std::string(view.sort == Sort::name ? ">" : "") + "ROUTE", name) +
               mark(Sort::rate, "REQ/S", 10) + right("P50", 8) + mark(Sort::p99, "P99", 8) +
               mark(Sort::errors, "ERR/S", 8) + right("REFUS/S", 8),
           Style::header}};
}

Line route_line(const RouteRow& row, const View& view) {
  const auto name = view.width > 52 ? view.width - 42 : 10;
  return {{left(row.name, name)},
          {right(per_second(row.requests), 10)},
          {right(seconds_text(row.p50), 8)},
          {right(seconds_text(row.p99), 8)},
          {right(per_second(row.errors), 8), style_of_count(row.errors, Style::bad)},
          {right(per_second(row.refused), 8), style_of_count(row.refused, Style::warning)}};
}

void add_routes(std::vector<Line>& lines, const Totals& totals, const View& view,
                std::size_t max_lines) {
  if (max_lines < 2) return;
  lines.push_back(route_titles(view));
  const auto rows = sorted_routes(totals.rates, view.sort);
  if (rows.empty()) {
    lines.push_back({{totals.has_rates ? "no requests in this interval" : "", Style::dim}});
    return;
  }
  const auto room = max_lines - 1;
  const auto first = std::min(view.first_route, rows.size() - 1);
  const auto left_over = rows.size() - first;
  const auto count = left_over > room ? room - 1 : left_over;
  for (std::size_t i = 0; i < count; ++i) lines.push_back(route_line(rows[first + i], view));
  if (count < left_over)
    lines.push_back({{"and " + std::to_string(left_over - count) + " more", Style::dim}});
}

Line keys_line(const View& view) {
  return {{"q quit   s sort: " + std::string(name_of(view.sort)) + "   p " +
               (view.is_paused ? "continue" : "pause") + "   up, down scroll",
           Style::dim}};
}

std::string_view code_of(Style style) {
  switch (style) {
    case Style::plain:
      return "";
    case Style::title:
      return "1";
    case Style::header:
      return "1;36";
    case Style::good:
      return "32";
    case Style::warning:
      return "33";
    case Style::bad:
      return "1;31";
    case Style::dim:
      return "2";
  }
  return "";
}

}  // namespace

std::vector<Line> draw_frame(const Dashboard& dashboard, const View& view) {
  constexpr std::size_t no_limit = 100'000;
  const auto height = view.height == 0 ? no_limit : view.height;
  const auto totals = dashboard.totals();
  std::vector<Line> lines{title_line(totals, view)};
  // A quarter of the screen, so that routes have room.
  add_servers(lines, dashboard, view, std::max<std::size_t>(height / 4, 2));
  lines.push_back({});
  add_panels(lines, totals, view);
  lines.push_back({});
  const std::size_t below = view.has_keys ? 1 : 0;
  add_routes(lines, totals, view,
             height > lines.size() + below ? height - lines.size() - below : 0);
  if (view.has_keys) {
    lines.resize(height - 1);
    lines.push_back(keys_line(view));
  }
  if (lines.size() > height) lines.resize(height);
  for (auto& line : lines) fit(line, view.width);
  return lines;
}

std::string line_text(const Line& line, bool has_color) {
  std::string out;
  for (const auto& span : line) {
    const auto code = has_color ? code_of(span.style) : std::string_view{};
    if (code.empty())
      out += span.text;
    else
      out.append("\033[").append(code).append("m").append(span.text).append("\033[0m");
  }
  // What ends in spaces wraps where a terminal is narrower than it says.
  while (!has_color && !out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

}  // namespace feedctl::cli::live
