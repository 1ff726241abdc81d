#include "loadtest/stages.hpp"

#include <charconv>
#include <optional>

#include "base/error.hpp"
#include "base/text.hpp"
#include "config/units.hpp"

namespace feedctl::loadtest {

namespace {

std::optional<double> parse_rate(std::string_view text) {
  double rate = 0;
  const auto* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, rate, std::chars_format::fixed);
  if (error != std::errc{} || end != last || !(rate >= 0 && rate <= max_rate)) return std::nullopt;
  return rate;
}

[[noreturn]] void refuse(std::string_view stage, const std::string& why) {
  throw Error(ErrorCode::usage, "--stages: \"" + std::string(stage) + "\" " + why)
      .with_hint(
          "for example --stages '100:10s,200:30s,~500:1m': a rate and how long, ~ for a "
          "ramp from the rate before");
}

Stage parse_stage(std::string_view text) {
  const auto whole = text;
  Stage stage{};
  stage.is_ramp = text.starts_with('~');
  if (stage.is_ramp) text.remove_prefix(1);
  const auto rate = parse_rate(next_field(text, ':'));
  if (!rate) refuse(whole, "has no rate from 0 to 1000000 before the colon");
  const auto duration = config::parse_duration(text);
  if (!duration || duration->count() <= 0 || *duration > max_run)
    refuse(whole, "has no duration up to 24h behind the colon");
  stage.rate = *rate;
  stage.duration = *duration;
  return stage;
}

}  // namespace

std::vector<Stage> parse_stages(std::string_view text) {
  const auto whole = text;
  std::vector<Stage> stages;
  double highest = 0;
  while (!text.empty()) {
    const bool has_next = text.find(',') != std::string_view::npos;
    stages.push_back(parse_stage(next_field(text, ',')));
    highest = std::max(highest, stages.back().rate);
    if (stages.size() > max_stages) refuse(whole, "has more than 100 stages");
    if (has_next && text.empty()) refuse(whole, "ends with a comma");
  }
  if (highest == 0) refuse(whole, "asks for nothing: every rate is 0");
  if (duration_of(stages) > max_run) refuse(whole, "takes more than 24h");
  return stages;
}

std::chrono::milliseconds duration_of(const std::vector<Stage>& stages) {
  std::chrono::milliseconds sum{0};
  for (const auto& stage : stages) sum += stage.duration;
  return sum;
}

}  // namespace feedctl::loadtest
