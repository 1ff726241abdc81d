#include "support/dev_process.hpp"

#include "support/catch.hpp"

namespace feedctl::support {

std::vector<std::string> dev_command(const std::filesystem::path& state, int port) {
  return {feedctl_binary(), "dev", "--state", state.string(), "--port", std::to_string(port)};
}

Dev start_dev(const std::filesystem::path& state, int port, const std::vector<std::string>& more,
              const RunOptions& options) {
  auto argv = dev_command(state, port);
  argv.insert(argv.end(), more.begin(), more.end());
  Dev dev(new BackgroundProcess(argv, options));
  INFO(dev->output());
  REQUIRE(dev->wait_for_line("Ctrl-C ends it", std::chrono::minutes{5}));
  return dev;
}

}  // namespace feedctl::support
