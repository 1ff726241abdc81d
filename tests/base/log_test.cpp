#include "base/log.hpp"

#include "base/json.hpp"
#include "support/catch.hpp"
#include "support/json.hpp"

using namespace feedctl;

TEST_CASE("a log line is one line of valid JSON whatever a client sent") {
  const auto line =
      log::format_line(log::Format::json, log::Level::info, "hello\r\n\x1b[31m",
                       {{"agent", std::string("x\n\xff\0", 4)}, {"n", 5}, {"ok", true}});
  CHECK(line.find('\n') == std::string::npos);
  CHECK(support::integer_in(json::parse(line), "n") == 5);
  CHECK(log::format_line(log::Format::text, log::Level::info, "hi\nthere", {{"a", "b c\n"}})
            .find("info hi\\nthere a=\"b c\\n\"") != std::string::npos);
}
