#include "feedctl/dev/prometheus_config.hpp"

#include <functional>
#include <sstream>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace feedctl::cli {

namespace {

constexpr std::string_view job_line = "  - job_name: ";
constexpr std::string_view targets_line = "      - targets: ";

bool starts_with(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

Error missing(const std::string& what) {
  return Error(ErrorCode::internal, "configs/prometheus/prometheus.yml has no " + what);
}

// Rewrites each line; a nullopt leaves it out.
std::string rewritten(
    const std::string& text,
    const std::function<std::optional<std::string>(const std::string& line)>& rewrite) {
  std::string out;
  for (const auto& line : lines_of(text)) {
    if (const auto kept = rewrite(line)) out += *kept + "\n";
  }
  return out;
}

}  // namespace

std::string without_section(const std::string& text, const std::string& name) {
  bool inside = false, found = false;
  const auto out = rewritten(text, [&](const std::string& line) -> std::optional<std::string> {
    const bool is_top = !line.empty() && line[0] != ' ' && line[0] != '#';
    if (is_top) inside = starts_with(line, name + ":");
    found = found || inside;
    return inside ? std::nullopt : std::optional(line);
  });
  if (!found) throw missing("section " + name);
  return out;
}

std::string with_targets(const std::string& text,
                         const std::map<std::string, std::string>& addresses) {
  std::size_t found = 0;
  const std::string* address = nullptr;
  bool inside = false;
  auto out = rewritten(text, [&](const std::string& line) -> std::optional<std::string> {
    if (starts_with(line, "  #") && inside) return std::nullopt;  // of the next job
    if (starts_with(line, job_line)) {
      const auto job = addresses.find(line.substr(job_line.size()));
      address = job == addresses.end() ? nullptr : &job->second;
      inside = true;
      found += address ? 1 : 0;
    }
    if (inside && !address) return std::nullopt;
    if (inside && starts_with(line, targets_line))
      return std::string(targets_line) + "[\"" + *address + "\"]";
    return line;
  });
  if (found != addresses.size()) throw missing("job for one of these servers");
  return out;
}

std::string with_interval(const std::string& text, const std::string& interval) {
  return rewritten(text, [&](const std::string& line) -> std::optional<std::string> {
    for (const std::string name : {"  scrape_interval: ", "  evaluation_interval: "}) {
      if (starts_with(line, name)) return name + interval;
    }
    return line;
  });
}

}  // namespace feedctl::cli
