// feedctl openid-provider: the OpenID provider that `feedctl dev` starts.
#include <unistd.h>

#include <memory>

#include "base/error.hpp"
#include "dev_openid/provider.hpp"
#include "feedctl/cli/exit_codes.hpp"
#include "feedctl/cli/spec.hpp"
#include "feedctl/commands.hpp"
#include "feedctl/dev/data_dir.hpp"
#include "feedctl/dev/sign_in.hpp"
#include "feedctl/dev/stop_signals.hpp"
#include "feedctl/runtime.hpp"

namespace feedctl::cli {

namespace {

// Whoever reaches the provider signs in as anyone, so it serves no other installation.
void require_dev_as_parent(const std::filesystem::path& data_dir) {
  if (running_pid(data_dir) == ::getppid()) return;
  throw Error(ErrorCode::usage,
              "only `feedctl dev` may start this provider, which asks nobody for "
              "a password")
      .with_hint("run `feedctl dev`, or configure a real provider: docs/auth.md");
}

int run_provider(Runtime& runtime, const std::filesystem::path& data_dir) {
  require_dev_as_parent(data_dir);
  StopSignals signals;
  dev_openid::Provider provider(read_provider_settings(data_dir));
  provider.start();
  runtime.notice("the OpenID provider answers at " + provider.issuer());
  signals.wait();
  provider.stop();
  return exit_ok;
}

}  // namespace

CommandFn openid_provider(Spec& spec) {
  auto data_dir = std::make_shared<std::string>();
  spec.about(
      "Lets anyone on this machine sign in as anyone, for development. Only `feedctl dev` may "
      "start "
      "it; it listens on 127.0.0.1.");
  spec.value("--state", "DIR", "the folder of the `feedctl dev` that starts it", data_dir.get())
      .required();
  spec.see_also({"dev"});
  return [data_dir](Runtime& runtime) { return run_provider(runtime, *data_dir); };
}

}  // namespace feedctl::cli
