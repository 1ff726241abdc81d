// Every input that was worth keeping, once more: seeds, and what the fuzzers found.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "fuzz/fuzz.hpp"
#include "support/catch.hpp"

using namespace feedctl;
namespace fs = std::filesystem;

namespace {

struct Target {
  const char* name;
  void (*run)(std::string_view);
};

constexpr Target targets[] = {
    {"access_token", fuzz::access_token},
    {"amqp", fuzz::amqp},
    {"cbor", fuzz::cbor},
    {"config", fuzz::config},
    {"cursor", fuzz::cursor},
    {"fields", fuzz::fields},
    {"framer", fuzz::framer},
    {"html_text", fuzz::html_text},
    {"id_token", fuzz::id_token},
    {"image", fuzz::image},
    {"json", fuzz::json},
    {"json_scanner", fuzz::json_scanner},
    {"key", fuzz::key},
    {"log", fuzz::log},
    {"multipart", fuzz::multipart},
    {"rate", fuzz::rate},
    {"redact", fuzz::redact},
    {"redirect", fuzz::redirect},
    {"target", fuzz::target},
    {"time", fuzz::time},
    {"token", fuzz::token},
};

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// How often a property of the target did not hold for what can be made of one input.
void check(const Target& target, const std::string& bytes) {
  try {
    target.run(bytes);
  } catch (const std::exception& error) {
    FAIL_CHECK(error.what());
  }
}

}  // namespace

TEST_CASE("every target's properties hold for its whole corpus") {
  for (const auto& target : targets) {
    std::size_t inputs = 0;
    for (const auto& entry : fs::directory_iterator(fs::path(CORPUS) / target.name)) {
      INFO(entry.path().string());
      check(target, read(entry.path()));
      ++inputs;
    }
    INFO(target.name);
    CHECK(inputs >= 5);
    check(target, "");
  }
}

TEST_CASE("every target's properties hold for its corpus with bytes cut off, flipped and doubled") {
  for (const auto& target : targets) {
    for (const auto& entry : fs::directory_iterator(fs::path(CORPUS) / target.name)) {
      INFO(entry.path().string());
      const auto whole = read(entry.path());
      const auto bytes = whole.substr(0, 400);
      for (std::size_t at = 0; at < bytes.size(); at += 1 + bytes.size() / 60) {
        check(target, bytes.substr(0, at));
        check(target, bytes.substr(at));
        auto flipped = bytes;
        flipped[at] = static_cast<char>(flipped[at] ^ (1 << at % 8));
        check(target, flipped);
        check(target, bytes.substr(0, at) + bytes);
      }
    }
  }
}

TEST_CASE("every folder of the corpus has its target") {
  std::set<std::string> known, found;
  for (const auto& target : targets) known.insert(target.name);
  for (const auto& entry : fs::directory_iterator(CORPUS)) {
    found.insert(entry.path().filename().string());
  }
  CHECK(found == known);
}
