#include "e2e/dev/dev_fixture.hpp"

namespace feedctl {

namespace fs = std::filesystem;

std::string field(pid_t pid, const std::string& name) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind(name + ":\t", 0) == 0) return line.substr(name.size() + 2);
  }
  return "";
}

std::map<pid_t, std::string> descendants(pid_t parent) {
  std::map<pid_t, std::string> found;
  std::set<pid_t> family{parent};
  for (bool grown = true; grown;) {
    grown = false;
    for (const auto& entry : fs::directory_iterator("/proc")) {
      const pid_t pid = std::atoi(entry.path().filename().c_str());
      if (pid == 0 || family.count(pid) != 0) continue;
      const auto above = field(pid, "PPid");
      if (above.empty() || family.count(std::stoi(above)) == 0) continue;
      auto line = support::read_file(entry.path() / "cmdline");
      for (char& c : line) c = c == '\0' ? ' ' : c;
      family.insert(pid);
      found[pid] = line;
      grown = true;
    }
  }
  return found;
}

int expected_curl_lines(const std::string& output) {
  constexpr int without_image = 7;
  if (output.find("/photo.jpg") != std::string::npos) return without_image + 1;
  WARN("this build has no image libraries: dev suggests no upload");
  return without_image;
}

pid_t child_named(pid_t dev, const std::string& name) {
  for (const auto& [pid, line] : descendants(dev)) {
    if (field(pid, "PPid") != std::to_string(dev)) continue;
    const auto program = line.substr(0, line.find(' '));
    const auto slash = program.rfind('/');
    const auto shown = slash == std::string::npos ? line : line.substr(slash + 1);
    if (shown.rfind(name, 0) == 0) return pid;
  }
  return 0;
}

}  // namespace feedctl
