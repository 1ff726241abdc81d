// configs/systemd: that the units say what the program understands, and give it no rights in vain.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <sstream>

#include "config/options.hpp"
#include "support/catch.hpp"
#include "support/process.hpp"
#include "support/temp_folder.hpp"

using namespace feedctl;
namespace fs = std::filesystem;

namespace {

using SystemdUnit = std::multimap<std::string, std::string>;

fs::path folder() {
  return fs::path(std::getenv("FEEDCTL_SOURCE")) / "configs/systemd";
}

SystemdUnit read(const std::string& name) {
  SystemdUnit unit;
  std::istringstream lines(support::read_file(folder() / name));
  for (std::string line; std::getline(lines, line);) {
    const auto equals = line.find('=');
    if (equals != std::string::npos && line[0] != '#')
      unit.emplace(line.substr(0, equals), line.substr(equals + 1));
  }
  return unit;
}

std::string value(const SystemdUnit& unit, const std::string& name) {
  const auto found = unit.find(name);
  return found == unit.end() ? "(none)" : found->second;
}

std::vector<std::string> words(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> all;
  for (std::string word; in >> word;) all.push_back(word);
  return all;
}

const auto daemon_units = {"feedctl@.service", "feedctl-work@.service"};
const auto flush_units = {"feedctl-flush-views.service", "feedctl-flush-views-daemon.service"};

std::vector<std::string> service_units() {
  std::vector<std::string> all(daemon_units.begin(), daemon_units.end());
  all.emplace_back("feedctl-media-gc.service");
  all.emplace_back("feedctl-warm-cache.service");
  all.insert(all.end(), flush_units.begin(), flush_units.end());
  return all;
}

// The units as files of a folder, with the program where it is now and their names for one
// instance.
void install(const support::TempFolder& place) {
  std::vector<std::string> names{"feedctl.socket", "feedctl-flush-views.timer",
                                 "feedctl-media-gc.timer", "feedctl-warm-cache.timer",
                                 "feedctl.target"};
  for (const auto& name : service_units()) names.push_back(name);
  for (const auto& name : names) {
    auto text = support::read_file(folder() / name);
    const std::string program = "/usr/bin/feedctl";
    for (auto at = text.find(program); at != std::string::npos; at = text.find(program, at + 1))
      text.replace(at, program.size(), support::feedctl_binary());
    auto as = name;
    if (const auto at = as.find('@'); at != std::string::npos) as.insert(at + 1, "1");
    place.write(as, text);
  }
}

bool has_systemd_analyze() {
  if (fs::exists("/usr/bin/systemd-analyze")) return true;
  WARN("no systemd-analyze here: the units are not verified");
  return false;
}

}  // namespace

TEST_CASE("the command lines of the systemd units are valid") {
  for (const auto& name : service_units()) {
    INFO(name);
    auto argv = words(value(read(name), "ExecStart"));
    REQUIRE(argv.size() >= 4);
    CHECK(argv[0] == "/usr/bin/feedctl");
    CHECK(argv[argv.size() - 2] == "--config");
    argv[0] = support::feedctl_binary();
    argv.back() = "/nonexistent/feedctl.yaml";  // the first thing that is wrong with it
    CHECK(support::run(argv).exit_code == 78);
  }
}

TEST_CASE("the systemd units use the notification protocols that the program implements") {
  for (const auto* name : daemon_units) {
    INFO(name);
    const auto unit = read(name);
    CHECK(value(unit, "Type") == "notify");
    CHECK(value(unit, "NotifyAccess") == "main");
    CHECK(value(unit, "RestartPreventExitStatus") == "64 78");
    CHECK(value(unit, "ExecReload") == "/bin/kill -HUP $MAINPID");
    const auto credential = value(unit, "LoadCredential");
    const auto* option = config::find_option(credential.substr(0, credential.find(':')));
    REQUIRE(option != nullptr);
    CHECK(config::is_secret(*option));
  }
  const auto serve = read("feedctl@.service");
  CHECK(std::stoi(value(serve, "WatchdogSec")) == 30);
  const auto socket = read("feedctl.socket");
  CHECK(value(socket, "FileDescriptorName") == "http");
  CHECK(value(socket, "Service") == "feedctl@1.service");
  CHECK(value(serve, "Sockets") == "feedctl.socket");
  const config::Config standard;
  CHECK(value(socket, "ListenStream") ==
        standard.server.host + ":" + std::to_string(standard.server.port));
}

TEST_CASE("systemd's stop time-out is longer than the longest drain") {
  const config::Config standard;
  const auto drain =
      standard.server.drain_delay + standard.server.shutdown_timeout + std::chrono::seconds{10};
  for (const auto* name : daemon_units)
    CHECK(std::chrono::seconds{std::stoi(value(read(name), "TimeoutStopSec"))} > drain);
}

TEST_CASE("the timer runs one flush a minute and takes another flush for no failure") {
  const auto timer = read("feedctl-flush-views.timer");
  CHECK(value(timer, "OnCalendar") == "minutely");
  CHECK(value(timer, "WantedBy") == "feedctl.target");
  const auto once = read("feedctl-flush-views.service");
  CHECK(value(once, "Type") == "oneshot");
  CHECK(value(once, "SuccessExitStatus") == "75");
  CHECK(once.count("WantedBy") == 0);  // the timer starts it
  CHECK(value(once, "ExecStart").find("--every") == std::string::npos);
}

TEST_CASE("a timer removes images that nothing shows once a week, also after a pause") {
  const auto timer = read("feedctl-media-gc.timer");
  CHECK(value(timer, "OnCalendar").rfind("Sun ", 0) == 0);
  CHECK(value(timer, "Persistent") == "true");
  const auto once = read("feedctl-media-gc.service");
  CHECK(value(once, "Type") == "oneshot");
  CHECK(value(once, "SuccessExitStatus") == "75");
  CHECK(once.count("WantedBy") == 0);  // the timer starts it
}

TEST_CASE("a timer fills caches after a boot and once a day") {
  const auto timer = read("feedctl-warm-cache.timer");
  CHECK(timer.count("OnBootSec") == 1);
  CHECK(timer.count("OnCalendar") == 1);
  const auto once = read("feedctl-warm-cache.service");
  CHECK(value(once, "Type") == "oneshot");
  CHECK(once.count("WantedBy") == 0);  // the timer starts it
}

TEST_CASE(
    "the target starts, stops and restarts what is enabled, and its restart keeps the socket") {
  CHECK(value(read("feedctl.target"), "WantedBy") == "multi-user.target");
  auto names = service_units();
  for (const auto* timer :
       {"feedctl-flush-views.timer", "feedctl-media-gc.timer", "feedctl-warm-cache.timer"})
    names.emplace_back(timer);
  for (const auto& name : names) {
    INFO(name);
    const auto unit = read(name);
    CHECK(value(unit, "PartOf") == "feedctl.target");
    if (unit.count("WantedBy") > 0) CHECK(value(unit, "WantedBy") == "feedctl.target");
  }
  const auto socket = read("feedctl.socket");
  CHECK(value(socket, "StopPropagatedFrom") == "feedctl.target");
  CHECK(socket.count("PartOf") == 0);
}

TEST_CASE(
    "the services read the package's variables, and start without a file of the database's URL") {
  for (const auto& name : service_units()) {
    INFO(name);
    const auto unit = read(name);
    CHECK(value(unit, "EnvironmentFile") == "-/etc/feedctl/feedctl.env");
    CHECK(value(unit, "LoadCredential") == "database.url:/etc/feedctl/database.url");
    // systemd takes it where that file is missing; without it the service would end with 243.
    CHECK(value(unit, "SetCredential") == "database.url:\\n");
  }
}

TEST_CASE("the daemons may confine the process that decodes images") {
  for (const auto* name : daemon_units) {
    INFO(name);
    const auto unit = read(name);
    const auto [begin, end] = unit.equal_range("SystemCallFilter");
    CHECK(std::any_of(begin, end, [](const auto& line) { return line.second == "seccomp"; }));
  }
}

TEST_CASE("the daemon that flushes views takes the place of the timer") {
  const auto daemon = read("feedctl-flush-views-daemon.service");
  CHECK(value(daemon, "Type") == "notify");
  CHECK(value(daemon, "NotifyAccess") == "main");
  CHECK(value(daemon, "Conflicts") == "feedctl-flush-views.timer");
  CHECK(value(daemon, "Restart") == "on-failure");
  CHECK(value(daemon, "RestartPreventExitStatus") == "64 78");
  CHECK(value(daemon, "ExecStart").find("--every 1s") != std::string::npos);
}

TEST_CASE("the systemd services have no unneeded privileges") {
  const std::map<std::string, std::string> wanted{
      {"NoNewPrivileges", "true"},
      {"CapabilityBoundingSet", ""},
      {"ProtectSystem", "strict"},
      {"ProtectHome", "true"},
      {"PrivateTmp", "true"},
      {"PrivateDevices", "true"},
      {"PrivateUsers", "true"},
      {"ProtectKernelTunables", "true"},
      {"ProtectKernelModules", "true"},
      {"ProtectKernelLogs", "true"},
      {"MemoryDenyWriteExecute", "true"},
      {"SystemCallFilter", "@system-service"},
      {"RestrictAddressFamilies", "AF_UNIX AF_INET AF_INET6"},
      {"StateDirectory", "feedctl"},
      {"User", "feedctl"}};
  for (const auto& name : service_units()) {
    const auto unit = read(name);
    for (const auto& [key, what] : wanted) {
      INFO(name << " " << key);
      CHECK(value(unit, key) == what);
    }
    for (const auto* key : {"LimitNOFILE", "MemoryMax"}) CHECK(unit.count(key) == 1);
  }
}

TEST_CASE("systemd-analyze accepts the units with an exposure of at most 1.5") {
  if (!has_systemd_analyze()) return;
  const support::TempFolder place;
  install(place);
  const auto path = [&](const char* name) { return (place.path() / name).string(); };
  const auto services = {"feedctl@1.service",           "feedctl-work@1.service",
                         "feedctl-flush-views.service", "feedctl-flush-views-daemon.service",
                         "feedctl-media-gc.service",    "feedctl-warm-cache.service"};
  std::vector<std::string> verify{"systemd-analyze",
                                  "verify",
                                  "--man=no",  // the next test looks at them
                                  path("feedctl.socket"),
                                  path("feedctl.target"),
                                  path("feedctl-flush-views.timer"),
                                  path("feedctl-media-gc.timer"),
                                  path("feedctl-warm-cache.timer")};
  for (const auto* name : services) verify.push_back(path(name));
  const auto verified = support::run(verify);
  INFO(verified.err);
  CHECK(verified.exit_code == 0);
  CHECK(verified.err.find(place.path().string()) == std::string::npos);
  for (const auto* name : services) {
    const auto rated = support::run(
        {"systemd-analyze", "security", "--offline=true", "--threshold=15", path(name)});
    INFO(rated.out.substr(rated.out.size() - std::min<std::size_t>(rated.out.size(), 300)));
    CHECK(rated.exit_code == 0);
  }
}

TEST_CASE("the pages of the manual that the units name exist") {
  std::size_t units = 0;
  for (const auto& entry : fs::directory_iterator(folder())) {
    INFO(entry.path());
    ++units;
    const auto page = value(read(entry.path().filename()), "Documentation");
    REQUIRE(page.rfind("man:", 0) == 0);
    const auto name = page.substr(4, page.find('(') - 4);
    CHECK(page == "man:" + name + "(1)");
    CHECK(support::run_feedctl({"man", name}).exit_code == 0);
  }
  CHECK(units > 10);
}
