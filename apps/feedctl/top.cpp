// feedctl top: a live view of running processes, from their metrics and health.
#include <algorithm>
#include <csignal>
#include <memory>
#include <thread>

#include "base/error.hpp"
#include "feedctl/cli/interrupts.hpp"
#include "feedctl/cli/output.hpp"
#include "feedctl/runtime.hpp"
#include "feedctl/server_urls.hpp"
#include "feedctl/token_file.hpp"
#include "feedctl/top/dashboard.hpp"
#include "feedctl/top/frame.hpp"
#include "feedctl/top/report.hpp"
#include "feedctl/top/server_poller.hpp"
#include "feedctl/top/terminal_screen.hpp"

namespace feedctl::cli {

namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr std::size_t max_processes = 64;

struct TopFlags {
  std::vector<std::string> urls, textfiles;
  milliseconds interval{1000};
  std::int64_t count = 0;  // 0: no end
  bool once = false;
  std::optional<std::string> token_file;
};

std::vector<live::Source> sources_of(const Runtime& runtime, const TopFlags& flags) {
  std::vector<live::Source> sources;
  for (const auto& url : flags.urls) sources.push_back(live::source_of_url(url));
  if (flags.urls.empty()) {
    const auto config = config::load(runtime.sources()).config;
    sources.push_back(live::source_of_url(configured_serve_url(config)));
    if (const auto url = configured_work_url(config)) sources.push_back(live::source_of_url(*url));
  }
  for (const auto& file : flags.textfiles) sources.push_back(live::source_of_file(file));
  if (sources.size() > max_processes)
    throw Error(ErrorCode::usage,
                "at most " + std::to_string(max_processes) + " processes can be shown");
  return sources;
}

// All pollers and what they have read.
class Watch {
 public:
  Watch(const std::vector<live::Source>& sources, const live::PollOptions& options)
      : dashboard_(names_of(sources)) {
    for (const auto& source : sources)
      pollers_.push_back(std::make_unique<live::ServerPoller>(source, options));
  }
  // Together, since each may wait for an answer.
  ~Watch() {
    for (const auto& poller : pollers_) poller->request_stop();
  }

  void update() {
    for (std::size_t i = 0; i < pollers_.size(); ++i) {
      if (auto reading = pollers_[i]->take()) dashboard_.add(i, std::move(*reading));
    }
  }
  const live::Dashboard& dashboard() const { return dashboard_; }

 private:
  static std::vector<std::string> names_of(const std::vector<live::Source>& sources) {
    std::vector<std::string> names;
    for (const auto& source : sources) names.push_back(source.name);
    return names;
  }

  live::Dashboard dashboard_;
  std::vector<std::unique_ptr<live::ServerPoller>> pollers_;
};

void draw(live::TerminalScreen& screen, const live::Dashboard& dashboard, live::View view,
          bool has_color) {
  const auto size = screen.size();
  // The last column stays free: a terminal holds its cursor there, and would erase what is under
  // it.
  view.width = std::max<std::size_t>(size.width, 2) - 1;
  view.height = size.height;
  view.now = now();
  view.steady_now = Clock::now();
  std::vector<std::string> lines;
  for (const auto& line : live::draw_frame(dashboard, view))
    lines.push_back(live::line_text(line, has_color));
  screen.draw(lines);
}

void apply(live::Key key, live::View& view) {
  if (key == live::Key::sort) view.sort = live::next_sort(view.sort);
  if (key == live::Key::pause) view.is_paused = !view.is_paused;
  if (key == live::Key::down) ++view.first_route;
  if (key == live::Key::up && view.first_route > 0) --view.first_route;
}

int run_screen(Watch& watch, const Runtime& runtime, const TopFlags& flags) {
  const bool has_color = runtime.common().use_color(STDOUT_FILENO);
  live::View view{.has_keys = true, .interval = flags.interval};
  // Readings come at their own times: drawn within a tenth of a second.
  const auto max_wait = std::min(flags.interval, milliseconds{100});
  live::TerminalScreen screen;
  auto next_draw = Clock::now();
  for (;;) {
    const auto key = screen.wait_key(max_wait);
    if (const int signal = live::TerminalScreen::stop_signal()) return 128 + signal;
    if (key == live::Key::quit) return exit_ok;
    apply(key, view);
    if (!view.is_paused) watch.update();
    if (key == live::Key::none && Clock::now() < next_draw) continue;
    draw(screen, watch.dashboard(), view, has_color);
    next_draw = Clock::now() + max_wait;
  }
}

// Takes readings as they come.
void update_for(Watch& watch, milliseconds time) {
  const auto deadline = Clock::now() + time;
  while (Clock::now() < deadline && !InterruptGuard::is_raised()) {
    std::this_thread::sleep_for(
        std::min<Clock::duration>(milliseconds{50}, deadline - Clock::now()));
    watch.update();
  }
}

void print_interval(const Runtime& runtime, const live::Dashboard& dashboard) {
  if (runtime.common().quiet) return;
  const bool is_table = runtime.common().format() == OutputFormat::table;
  runtime.print((is_table ? live::progress_line(dashboard, now())
                          : live::json_object(dashboard, live::Sort::rate, now())) +
                "\n");
}

int exit_code_of(const live::Dashboard& dashboard) {
  const auto totals = dashboard.totals();
  if (totals.up == 0) return exit_unavailable;
  return totals.up < totals.servers ? exit_failed : exit_ok;
}

int run_lines(Watch& watch, const Runtime& runtime, const TopFlags& flags, milliseconds timeout) {
  const InterruptGuard interrupts;
  const auto deadline = Clock::now() + timeout;
  while (!watch.dashboard().is_complete() && Clock::now() < deadline &&
         !InterruptGuard::is_raised())
    update_for(watch, milliseconds{20});
  for (std::int64_t done = 0; flags.count == 0 || done < flags.count; ++done) {
    update_for(watch, flags.interval);
    if (InterruptGuard::is_raised()) return InterruptGuard::exit_code();
    print_interval(runtime, watch.dashboard());
  }
  return exit_code_of(watch.dashboard());
}

bool has_two_readings(const live::Dashboard& dashboard) {
  const auto& servers = dashboard.servers();
  return std::all_of(servers.begin(), servers.end(), [](const live::ServerState& server) {
    return server.kind() == live::ServerState::Kind::down || server.rates;
  });
}

// Rates need two readings of each process.
int run_once(Watch& watch, const Runtime& runtime, const TopFlags& flags, milliseconds timeout) {
  const InterruptGuard interrupts;
  const auto deadline = Clock::now() + flags.interval + 2 * timeout;
  while (!has_two_readings(watch.dashboard()) && Clock::now() < deadline &&
         !InterruptGuard::is_raised())
    update_for(watch, milliseconds{50});
  if (InterruptGuard::is_raised()) return InterruptGuard::exit_code();
  const auto& dashboard = watch.dashboard();
  if (runtime.common().format() != OutputFormat::table || runtime.common().quiet) {
    print_interval(runtime, dashboard);
    return exit_code_of(dashboard);
  }
  const live::View view{.width = std::max<std::size_t>(terminal_width(), 80),
                        .height = 0,
                        .interval = flags.interval,
                        .now = now(),
                        .steady_now = Clock::now()};
  std::string text;
  for (const auto& line : live::draw_frame(dashboard, view))
    text += live::line_text(line, runtime.common().use_color(STDOUT_FILENO)) + "\n";
  runtime.print(text);
  return exit_code_of(dashboard);
}

int run_top(Runtime& runtime, const TopFlags& flags) {
  if (flags.once && flags.count > 0)
    throw Error(ErrorCode::usage, "--once and --count exclude each other");
  live::PollOptions options;
  options.interval = flags.interval;
  if (flags.token_file) options.token = read_token_file(*flags.token_file);
  Watch watch(sources_of(runtime, flags), options);
  if (flags.once) return run_once(watch, runtime, flags, options.timeout);
  const bool is_screen = runtime.common().format() == OutputFormat::table && flags.count == 0 &&
                         !runtime.common().quiet && live::TerminalScreen::is_available();
  return is_screen ? run_screen(watch, runtime, flags)
                   : run_lines(watch, runtime, flags, options.timeout);
}

}  // namespace

CommandFn top(Spec& spec) {
  auto flags = std::make_shared<TopFlags>();
  spec.about(
      "Shows requests and latency by route, errors, the cache, events, views, the index and the "
      "state of what the processes need, from their /metrics and health. On a terminal it fills "
      "the "
      "screen: q quits, s changes the order of routes, p pauses, the arrows scroll. Elsewhere it "
      "prints a line for each interval. A process that goes away stays in the list, and comes back "
      "by itself.");
  spec.example("this machine", "feedctl top");
  spec.example("two servers and a worker",
               "feedctl top http://10.0.0.5:8000 http://10.0.0.6:8000 http://10.0.0.5:9100");
  spec.example("one look, for a ticket", "feedctl top --once");
  spec.example("a minute of figures for a script", "feedctl top -o jsonl --count 60");
  spec.argument("URL", "the processes to show (default: those of this machine)", &flags->urls);
  spec.value("-i,--interval", "TIME", "time between readings", &flags->interval)
      .between(200, 3'600'000);
  spec.flag("--once", "print one screen, of one interval, and end", &flags->once);
  spec.value("-n,--count", "N", "print N intervals as lines, and end", &flags->count)
      .between(1, 1'000'000'000)
      .shown_default("no end");
  spec.value("--textfile", "FILE",
             "also show the metrics in this file, as flush-views --textfile writes them",
             &flags->textfiles);
  spec.value("--token-file", "FILE", "send the token in this file as Authorization: Bearer",
             &flags->token_file);
  spec.see_also({"healthcheck", "stats", "doctor"});
  return [flags](Runtime& runtime) { return run_top(runtime, *flags); };
}

}  // namespace feedctl::cli
