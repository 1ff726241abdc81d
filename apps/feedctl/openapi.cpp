// feedctl openapi: the description of the HTTP API, as the server has it at /api/schema/.
#include <memory>
#include <string>

#include "api_docs/openapi_document.hpp"
#include "feedctl/cli/exit_codes.hpp"
#include "feedctl/cli/spec.hpp"
#include "feedctl/commands.hpp"
#include "feedctl/runtime.hpp"

namespace feedctl::cli {

CommandFn openapi(Spec& spec) {
  auto format = std::make_shared<std::string>("yaml");
  spec.about(
      "Prints the OpenAPI 3.1 description of every route. A server has the same at /api/schema/, "
      "and shows it at /api/docs/ and /api/redoc/.");
  spec.value("--format", "FORMAT", "the form of the description", format.get())
      .one_of({"yaml", "json"});
  spec.example("for a generator of clients", "feedctl openapi --format json > feedctl.json");
  spec.see_also({"routes"});
  return [format](Runtime& runtime) {
    runtime.print(*format == "yaml" ? std::string(api_docs::openapi_yaml())
                                    : api_docs::openapi_json() + '\n');
    return exit_ok;
  };
}

}  // namespace feedctl::cli
