#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_session.hpp>
#else
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>
#endif

// libpqxx 6.4 loses the server's answer where it refuses to prepare a statement (a missing table).
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() {
  return "leak:register_prepared\n";
}

int main(int argc, char** argv) {
  return Catch::Session().run(argc, argv);
}
