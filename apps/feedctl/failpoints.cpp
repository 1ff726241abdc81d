#include "base/failpoint.hpp"
#include "feedctl/runtime.hpp"

namespace feedctl::cli {

CommandFn failpoints(Spec& /*spec*/) {
  return [](Runtime& runtime) {
    for (const auto& name : failpoint::names()) runtime.print(name + '\n');
    return exit_ok;
  };
}

}  // namespace feedctl::cli
