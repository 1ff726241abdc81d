#include "api_docs/openapi_document.hpp"

#include "api_docs/yaml_to_json.hpp"

#ifndef FEEDCTL_OPENAPI_FILE  // for tools that read this file alone
#define FEEDCTL_OPENAPI_FILE "docs/openapi.yaml"
#endif

// Compilers limit the length of a literal; the assembler takes a file of any size.
asm(R"(
.pushsection .rodata
.hidden feedctl_openapi_begin
.globl feedctl_openapi_begin
feedctl_openapi_begin:
.incbin ")" FEEDCTL_OPENAPI_FILE R"("
.hidden feedctl_openapi_end
.globl feedctl_openapi_end
feedctl_openapi_end:
.byte 0
.popsection
)");
extern "C" const char feedctl_openapi_begin[];
extern "C" const char feedctl_openapi_end[];

namespace feedctl::api_docs {

std::string_view openapi_yaml() {
  return {feedctl_openapi_begin,
          static_cast<std::size_t>(feedctl_openapi_end - feedctl_openapi_begin)};
}

const std::string& openapi_json() {
  static const std::string json = yaml_to_json(openapi_yaml());
  return json;
}

}  // namespace feedctl::api_docs
