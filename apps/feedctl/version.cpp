#include "feedctl/build.hpp"
#include "feedctl/cli/output.hpp"
#include "feedctl/runtime.hpp"

namespace feedctl::cli {

namespace {

std::string compiler() {
#if defined(__clang__)
  return "clang " __clang_version__;
#else
  return "g++ " __VERSION__;
#endif
}

}  // namespace

CommandFn version(Spec& spec) {
  spec.example("for scripts", "feedctl version -o json");
  return [](Runtime& runtime) {
    if (runtime.common().format() == OutputFormat::table) {
      runtime.print("feedctl " FEEDCTL_VERSION " (" FEEDCTL_COMMIT ", " + compiler() + ")\n");
    } else {
      Record()
          .add("version", FEEDCTL_VERSION)
          .add("commit", FEEDCTL_COMMIT)
          .add("compiler", compiler())
          .print(runtime);
    }
    return exit_ok;
  };
}

}  // namespace feedctl::cli
