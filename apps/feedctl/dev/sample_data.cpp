#include "feedctl/dev/sample_data.hpp"

#include "feedctl/dev/subprocesses.hpp"
#include "feedctl/runtime.hpp"
#include "seed/bulk_start.hpp"
#include "seed/seed.hpp"
#include "store/database.hpp"

namespace feedctl::cli {

namespace {

using Words = std::vector<std::string>;

// The arguments of `feedctl seed`; nullopt: the database holds data.
std::optional<Words> plan(const dev_servers::DevServers& servers,
                          const std::optional<std::string>& profile) {
  store::Options options;
  // Only the owner may read the notes of a broken load.
  options.url = Secret<std::string>(servers.postgres().owner_url());
  // A bulk load refuses to run beside other processes, and this session may end a moment later.
  options.application_name = "feedctl.seed-check";
  store::Database database(std::move(options));
  if (auto words = seed::find_broken_load(database)) {
    if (!words->empty()) return words;
    return Words{"--profile", profile && *profile != "small" ? *profile : "medium", "--discard"};
  }
  if (!seed::is_empty(database)) return std::nullopt;
  return Words{"--profile", profile.value_or("small")};
}

// Not its report, a JSON object.
void show_progress(const Runtime& runtime, const std::string& line) {
  if (!line.empty() && line.front() != '{') runtime.notice(line);
}

}  // namespace

void load_sample_data(Runtime& runtime, const dev_servers::DevServers& servers,
                      const std::filesystem::path& config,
                      const std::optional<std::string>& profile, StopSignals& signals) {
  auto words = plan(servers, profile);
  if (!words) {
    if (profile) {
      runtime.notice("--profile " + *profile +
                     " applies to an empty database only, and this one holds data; --fresh removes "
                     "them first");
    }
    return;
  }
  runtime.notice("loading sample data");
  words->insert(words->begin(), "seed");
  words->insert(words->end(), {"--output", "json"});
  run_feedctl(*words, config, servers.data_dir() / "log" / "seed.log", signals,
              [&](const std::string& line) { show_progress(runtime, line); });
}

}  // namespace feedctl::cli
