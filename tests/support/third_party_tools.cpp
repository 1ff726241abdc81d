#include "support/third_party_tools.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <functional>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "support/process.hpp"
#include "support/temp_folder.hpp"

namespace feedctl::support {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::minutes install_timeout{5};
// For so long nobody tries again what has failed: each attempt may take its whole time-out.
constexpr std::chrono::minutes retry_interval{15};

fs::path source_folder() {
  const char* source = std::getenv("FEEDCTL_SOURCE");
  return source == nullptr ? fs::current_path() : fs::path(source);
}

// Held by one process at a time; the kernel releases it when the process ends.
class FolderLock {
 public:
  explicit FolderLock(const fs::path& folder)
      : fd_(::open((folder / "lock").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0644)) {
    ::flock(fd_, LOCK_EX);
  }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  ~FolderLock() { ::close(fd_); }

 private:
  int fd_;
};

std::string last_line(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

std::string find_program(const std::string& name) {
  const char* path = std::getenv("PATH");
  std::string_view rest = path == nullptr ? "" : path;
  while (!rest.empty()) {
    const auto file = fs::path(next_field(rest, ':')) / name;
    if (::access(file.c_str(), X_OK) == 0) return file;
  }
  return "";
}

// "": it ran; else why not.
std::string run_installer(const std::vector<std::string>& argv, RunOptions options) {
  options.timeout = install_timeout;
  const auto result = run(argv, options);
  if (result.timed_out) return argv[0] + " took longer than five minutes";
  if (result.exit_code == 0) return "";
  return argv[0] + " failed: " + last_line(result.err.empty() ? result.out : result.err);
}

bool failed_lately(const fs::path& failure) {
  std::error_code none;
  const auto written = fs::last_write_time(failure, none);
  return !none && fs::file_time_type::clock::now() - written < retry_interval;
}

// Runs `install` unless `stamp` holds the text `version`, which says what is installed.
Tool install_once(const fs::path& folder, const std::string& version, const fs::path& result,
                  const std::function<std::string()>& install) {
  fs::create_directories(folder);
  const FolderLock lock(folder);
  const auto stamp = folder / "installed";
  const auto failure = folder / "failed";
  if (fs::exists(stamp) && read_file(stamp) == version) return {result, ""};
  if (failed_lately(failure)) return {result, read_file(failure)};
  const auto why_not = install();
  std::ofstream(why_not.empty() ? stamp : failure) << (why_not.empty() ? version : why_not);
  return {result, why_not};
}

std::string digest_of(const std::vector<fs::path>& files) {
  std::string all;
  for (const auto& file : files) all += read_file(file) + '\0';
  return sha256_hex(all);
}

void copy_if_changed(const fs::path& from, const fs::path& to) {
  if (fs::exists(to) && read_file(to) == read_file(from)) return;
  fs::create_directories(to.parent_path());
  fs::copy_file(from, to, fs::copy_options::overwrite_existing);
}

// A module finds its packages beside itself or above, so the scripts go where those are.
void copy_scripts(const fs::path& from, const fs::path& to) {
  const FolderLock lock(to);
  for (auto entry = fs::recursive_directory_iterator(from);
       entry != fs::recursive_directory_iterator(); ++entry) {
    if (entry->path().filename() == "node_modules") entry.disable_recursion_pending();
    if (entry->path().extension() == ".mjs")
      copy_if_changed(entry->path(), to / fs::relative(entry->path(), from));
  }
}

// "tests/e2e/browser" -> "node-tests-e2e-browser"
std::string node_folder_name(const fs::path& source) {
  std::string name = "node";
  for (const auto& part : source) name += "-" + part.string();
  return name;
}

std::string install_packages(const fs::path& folder, const std::vector<fs::path>& lists) {
  for (const auto& list : lists) {
    fs::copy_file(list, folder / list.filename(), fs::copy_options::overwrite_existing);
  }
  RunOptions options;
  options.folder = folder;
  if (std::getenv("HOME") == nullptr)
    options.environment.push_back("npm_config_cache=" + (folder / "cache").string());
  return run_installer({"npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund",
                        "--prefer-offline", "--loglevel=error"},
                       options);
}

// The newest Go where there are several: Debian's may be too old for the module.
std::string go_program() {
  const std::string upstream = "/usr/local/go/bin/go";
  return ::access(upstream.c_str(), X_OK) == 0 ? upstream : find_program("go");
}

std::vector<std::string> go_environment(const fs::path& folder) {
  std::vector<std::string> environment{"CGO_ENABLED=0", "GOTOOLCHAIN=local",
                                       "GOFLAGS=-mod=readonly"};
  if (std::getenv("HOME") == nullptr) {
    environment.push_back("GOPATH=" + (folder / "path").string());
    environment.push_back("GOCACHE=" + (folder / "cache").string());
  }
  return environment;
}

// The package of a folder with go.mod, go.sum and what else is in it.
Tool go_tool(const fs::path& source, const std::string& name, const std::string& program,
             const std::string& package) {
  const auto go = go_program();
  if (go.empty()) return {{}, "Go is not installed"};
  const auto module = source_folder() / source;
  const auto folder = build_subfolder("test-tools") / name;
  std::vector<fs::path> files{module / "go.sum", module / "go.mod"};
  if (fs::exists(module / "main.go")) files.push_back(module / "main.go");
  return install_once(folder, digest_of(files), folder / program, [&] {
    RunOptions options;
    options.folder = module;
    options.environment = go_environment(folder);
    return run_installer(
        {go, "build", "-ldflags=-s -w", "-o", (folder / program).string(), package}, options);
  });
}

}  // namespace

fs::path build_subfolder(const std::string& name) {
  const auto build = fs::absolute(feedctl_binary()).parent_path() / "../..";
  return build.lexically_normal() / name;
}

Tool node_packages(const fs::path& source) {
  if (find_program("node").empty() || find_program("npm").empty())
    return {{}, "node and npm are not installed"};
  const auto scripts = source_folder() / source;
  const auto folder = build_subfolder("test-tools") / node_folder_name(source);
  const std::vector<fs::path> lists{scripts / "package.json", scripts / "package-lock.json"};
  const auto tool = install_once(folder, digest_of(lists), folder,
                                 [&] { return install_packages(folder, lists); });
  if (tool) copy_scripts(scripts, folder);
  return tool;
}

Tool node() {
  const auto program = find_program("node");
  if (program.empty()) return {{}, "node is not installed"};
  // Older ones have no test runner.
  const auto probe = run({program, "--eval", "require('node:test')"});
  if (probe.exit_code == 0) return {program, ""};
  return {{}, program + " has no test runner: version 18 or a newer one has"};
}

Tool zitadel_provider() {
  return go_tool("tests/support/zitadel_provider", "zitadel", "zitadel_provider", ".");
}

Tool versitygw() {
  return go_tool("tests/support/versitygw", "versitygw", "versitygw",
                 "github.com/versity/versitygw/cmd/versitygw");
}

Tool seaweedfs() {
  const auto list = source_folder() / "tests/support/seaweedfs/requirements.txt";
  const auto folder = build_subfolder("test-tools") / "seaweedfs";
  const auto python = find_program("python3");
  if (python.empty() || run({python, "-m", "pip", "--version"}).exit_code != 0)
    return {{}, "python3 with pip is not installed"};
  return install_once(folder, digest_of({list}), folder / "bin/weed", [&] {
    return run_installer({python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
                          "--upgrade", "--no-deps", "--only-binary=:all:", "--require-hashes",
                          "--target", folder.string(), "--requirement", list.string()},
                         {});
  });
}

Tool chromium() {
  for (const auto* name : {"chromium", "chromium-browser", "google-chrome"}) {
    if (const auto program = find_program(name); !program.empty()) return {program, ""};
  }
  return {{}, "Chromium is not installed"};
}

}  // namespace feedctl::support
