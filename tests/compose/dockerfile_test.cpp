// configs/Dockerfile by rules like hadolint's; and that each rule finds what it is for.
#include "compose/compose_file.hpp"
#include "support/catch.hpp"
#include "support/process.hpp"
#include "support/temp_folder.hpp"

using namespace feedctl;
using namespace feedctl::compose_test;

namespace {

bool has_python() {
  if (support::run({"sh", "-c", "command -v python3"}).exit_code == 0) return true;
  WARN("python3 is not installed: the Dockerfile is not checked");
  return false;
}

support::RunResult check_dockerfiles(const std::filesystem::path& context,
                                     const std::vector<std::string>& dockerfiles) {
  std::vector<std::string> command{
      "python3", (source_folder() / "tests/compose/dockerfile_rules").string(), context.string()};
  command.insert(command.end(), dockerfiles.begin(), dockerfiles.end());
  return support::run(command);
}

}  // namespace

TEST_CASE("the Dockerfile breaks no rule") {
  if (!has_python()) return;
  const auto result =
      check_dockerfiles(source_folder(), {(source_folder() / "configs/Dockerfile").string()});
  INFO(result.out << result.err);
  CHECK(result.exit_code == 0);
}

TEST_CASE("each rule of Dockerfiles finds what it is for") {
  if (!has_python()) return;
  const std::string end = "USER 1\nHEALTHCHECK CMD [\"a\"]\nENTRYPOINT [\"a\"]\n";
  struct Case {
    std::string text, finding;
  };
  const Case cases[] = {
      {"FROM debian\n" + end, "has no tag"},
      {"FROM debian:latest\n" + end, "another image each month"},
      {"FROM debian:12\nENTRYPOINT [\"a\"]\nHEALTHCHECK CMD [\"a\"]\n", "the last USER"},
      {"FROM debian:12\n" + end + "USER root\n", "the last USER"},
      {"FROM debian:12\nUSER 1\nENTRYPOINT [\"a\"]\n", "there is no HEALTHCHECK"},
      {"FROM debian:12\n" + end + "CMD serve\n", "keeps SIGTERM"},
      {"FROM debian:12\nENV DB_PASSWORD=x\n" + end, "DB_PASSWORD: a secret"},
      {"FROM debian:12\nARG API_KEY\n" + end, "API_KEY: a secret"},
      {"FROM debian:12\nENV URL=redis://u:p@h/\n" + end, "looks like a secret"},
      {"FROM debian:12\nRUN apt-get update && apt-get install -y --no-install-recommends a\n" + end,
       "leaves the lists"},
      {"FROM debian:12\nRUN apt-get install -y --no-install-recommends a && rm -rf "
       "/var/lib/apt/lists/*\n" +
           end,
       "takes an old list"},
      {"FROM debian:12\nRUN apt-get update && apt-get install -y a && rm -rf "
       "/var/lib/apt/lists/*\n" +
           end,
       "without --no-install-recommends"},
      {"FROM debian:12\nRUN sudo true\n" + end, "sudo"},
      {"FROM debian:12\nRUN curl -s x | sh\n" + end, "has not checked"},
      {"FROM debian:12\nCOPY . .\n" + end, "copies everything"},
      {"FROM debian:12\nCOPY missing /\n" + end, "missing does not exist"},
      {"FROM debian:12\nCOPY ignored /\n" + end, "left out by .dockerignore"},
      {"FROM debian:12\nCOPY --from=nowhere a /\n" + end, "no stage before"},
      {"FROM debian:12\nADD a /\n" + end, "ADD is not known"},
  };
  const support::TempFolder folder;
  folder.write("ignored", "x");
  std::vector<std::string> files;
  const auto add = [&](const std::string& text) {
    const auto name = "Dockerfile." + std::to_string(files.size());
    folder.write(name + ".dockerignore", "*\n!there\n");
    files.push_back(folder.write(name, text).string());
  };
  add("FROM debian:12\n" + end);
  for (const auto& each : cases) add(each.text);
  const auto result = check_dockerfiles(folder.path(), files);
  INFO(result.out << result.err);
  CHECK(result.exit_code == 1);
  CHECK(result.out.find(files[0] + ":") == std::string::npos);
  for (std::size_t i = 1; i < files.size(); ++i) {
    INFO(cases[i - 1].text);
    const auto at = result.out.find(files[i] + ": ");
    REQUIRE(at != std::string::npos);
    CHECK(result.out.substr(at, result.out.find('\n', at) - at).find(cases[i - 1].finding) !=
          std::string::npos);
  }
}
