#include <fstream>

#include "rules.hpp"
#include "support/catch.hpp"

using namespace feedctl::architecture;
namespace fs = std::filesystem;

namespace {

std::string listed(const Violations& violations) {
  std::string out;
  for (const auto& violation : violations) out += violation.place + ": " + violation.what + "\n";
  return out;
}

const Tree& our_tree() {
  static const Tree tree = read_tree(SOURCE_ROOT);
  return tree;
}

// A small source tree of a test's own: three libraries in order, clean until something is planted.
class Planted {
 public:
  Planted() {
    std::string name = (fs::temp_directory_path() / "feedctl-architecture-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    root_ = name;
    write("lib/CMakeLists.txt",
          "foreach(library base store\n  posts likes hot) # order\nendforeach()");
    write("lib/base/CMakeLists.txt", "feedctl_library(base EXTERNAL OpenSSL::Crypto)");
    write("lib/store/CMakeLists.txt", "feedctl_library(store DEPS base SQL store)");
    write("lib/posts/CMakeLists.txt", "feedctl_library(posts DEPS store SQL posts)");
    write("lib/likes/CMakeLists.txt", "feedctl_library(likes DEPS posts SQL likes)");
    write("lib/store/database.cpp",
          "#include <pqxx/pqxx>\n#include \"base/error.hpp\"\nconst char* q = \"SELECT 1\";\n");
    write("lib/likes/rows.cpp",
          "#include <sql/likes.hpp>\n#include \"base/ids.hpp\"\n#include \"posts/posts.hpp\"\n"
          "// SELECT in a comment\nconst char* text = \"select a post\";\n");
    write("apps/feedctl/frame/options.cpp", "#include <CLI/CLI.hpp>\n");
    write("apps/feedctl/serve.cpp", "#include \"posts/routes.hpp\"\n");
  }
  ~Planted() { fs::remove_all(root_); }

  void write(const std::string& path, const std::string& text) const {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text;
  }
  Tree tree() const { return read_tree(root_); }

 private:
  fs::path root_;
};

void check_found(const Violations& violations, const std::string& place) {
  INFO(listed(violations));
  REQUIRE(violations.size() == 1);
  CHECK(violations[0].place == place);
}

}  // namespace

TEST_CASE("the sources were found") {
  CHECK(our_tree().files.size() > 50);
  CHECK(our_tree().libraries.count("base") == 1);
  CHECK(our_tree().order.front() == "base");
  for (const auto& [name, library] : our_tree().libraries) {
    INFO(name);
    CHECK((name == "base" || !library.deps.empty() || name == "metrics"));
  }
}

TEST_CASE("no library declares one that stands behind it") {
  CHECK(listed(upward_declarations(our_tree())) == "");
}

TEST_CASE("no library includes what it does not declare") {
  CHECK(listed(undeclared_includes(our_tree())) == "");
}

TEST_CASE("no library of others leaks out of its folder") {
  CHECK(listed(leaking_libraries(our_tree())) == "");
}

TEST_CASE("features are included by their one header") {
  CHECK(listed(features_entered_by_the_window(our_tree())) == "");
}

TEST_CASE("sql lives in .sql files and nothing is added to it") {
  CHECK(listed(sql_in_code(our_tree())) == "");
}

TEST_CASE("a clean tree breaks no rule") {
  const auto tree = Planted().tree();
  CHECK(tree.files.size() == 4);
  CHECK(listed(upward_declarations(tree)) == "");
  CHECK(listed(undeclared_includes(tree)) == "");
  CHECK(listed(leaking_libraries(tree)) == "");
  CHECK(listed(features_entered_by_the_window(tree)) == "");
  CHECK(listed(sql_in_code(tree)) == "");
}

TEST_CASE("a planted upward declaration is found") {
  Planted planted;
  planted.write("lib/store/CMakeLists.txt", "feedctl_library(store DEPS base\n  likes SQL store)");
  check_found(upward_declarations(planted.tree()), "lib/store/CMakeLists.txt");
}

TEST_CASE("a planted circle of declarations is found") {
  Planted planted;
  planted.write("lib/posts/CMakeLists.txt", "feedctl_library(posts DEPS store likes)");
  check_found(upward_declarations(planted.tree()), "lib/posts/CMakeLists.txt");
}

TEST_CASE("a planted library that depends on itself is found") {
  Planted planted;
  planted.write("lib/posts/CMakeLists.txt", "feedctl_library(posts DEPS store posts)");
  check_found(upward_declarations(planted.tree()), "lib/posts/CMakeLists.txt");
}

TEST_CASE("a planted library outside the order is found") {
  Planted planted;
  planted.write("lib/stray/CMakeLists.txt", "feedctl_library(stray DEPS base)");
  check_found(upward_declarations(planted.tree()), "lib/stray/CMakeLists.txt");
}

TEST_CASE("a planted upward include is found") {
  Planted planted;
  planted.write("lib/store/up.hpp", "#pragma once\n#include \"likes/likes.hpp\"\n");
  check_found(undeclared_includes(planted.tree()), "lib/store/up.hpp:2");
}

TEST_CASE("a planted undeclared include is found, a transitively declared one is fine") {
  Planted planted;
  planted.write("lib/hot/CMakeLists.txt", "feedctl_library(hot DEPS store)");
  planted.write("lib/hot/page.cpp", "#include \"base/ids.hpp\"\n\n#include \"posts/posts.hpp\"\n");
  check_found(undeclared_includes(planted.tree()), "lib/hot/page.cpp:3");
}

TEST_CASE("a planted use of another feature's queries is found") {
  Planted planted;
  planted.write("lib/likes/steal.cpp", "#include <sql/posts.hpp>\n");
  check_found(undeclared_includes(planted.tree()), "lib/likes/steal.cpp:1");
}

TEST_CASE("planted headers of other libraries are found in every folder but their own") {
  for (const auto* header :
       {"httplib.h", "pqxx/pqxx", "libpq-fe.h", "hiredis/hiredis.h", "amqp.h", "nlohmann/json.hpp",
        "CLI/CLI.hpp", "yaml-cpp/yaml.h", "cjose/cjose.h", "prometheus/counter.h"}) {
    INFO(header);
    Planted planted;
    planted.write("lib/posts/leak.cpp",
                  "#include <vector>\n  #include <" + std::string(header) + ">\n");
    check_found(leaking_libraries(planted.tree()), "lib/posts/leak.cpp:2");
  }
}

TEST_CASE("a planted httplib is found in tests, too, but not in their support") {
  Planted planted;
  planted.write("tests/support/client.cpp", "#include <httplib.h>\n");
  planted.write("tests/hot/page_test.cpp", "#include \"httplib.h\"\n");
  check_found(leaking_libraries(planted.tree()), "tests/hot/page_test.cpp:1");
}

TEST_CASE("a planted CLI11 is found in commands, too, but not in their frame") {
  Planted planted;
  planted.write("apps/feedctl/serve.cpp", "#include <CLI/CLI.hpp>\n");
  check_found(leaking_libraries(planted.tree()), "apps/feedctl/serve.cpp:1");
}

TEST_CASE("a planted header that hands another's library on is found where it is used") {
  Planted planted;
  planted.write("lib/store/inner.hpp", "#include <pqxx/pqxx>\n");
  planted.write("lib/store/outer.hpp", "#include \"store/inner.hpp\"\n");
  planted.write("lib/posts/rows.cpp", "#include \"store/outer.hpp\"\n");
  check_found(leaking_libraries(planted.tree()), "lib/posts/rows.cpp:1");
}

TEST_CASE("a planted include of a feature's inner header is found") {
  Planted planted;
  planted.write("lib/likes/inner.cpp",
                "#include \"posts/rows.hpp\"\n#include \"likes/rows.hpp\"\n");
  check_found(features_entered_by_the_window(planted.tree()), "lib/likes/inner.cpp:1");
}

TEST_CASE("planted routes are found in a library and in an app's wrong place") {
  Planted planted;
  planted.write("lib/likes/inner.cpp", "#include \"posts/routes.hpp\"\n");
  check_found(features_entered_by_the_window(planted.tree()), "lib/likes/inner.cpp:1");
  Planted app;
  app.write("apps/feedctl/inner.cpp", "#include \"posts/rows.hpp\"\n");
  check_found(features_entered_by_the_window(app.tree()), "apps/feedctl/inner.cpp:1");
}

TEST_CASE("planted sql is found in all its forms") {
  for (const auto* sql :
       {"\"SELECT id FROM posts\"", "\"select id from posts\"", "R\"(\n  DELETE FROM likes\n)\"",
        "R\"sql(INSERT INTO likes VALUES (1))sql\"", "\"UPDATE posts \"\n    \"SET text = ''\"",
        "\"WITH a AS (SELECT 1) \" \"SELECT * FROM a\"",
        "R\"(WITH a AS (\nSELECT\n1\nFROM\nb) TABLE a)\"", "\"update posts set text = ''\""}) {
    INFO(sql);
    Planted planted;
    planted.write("lib/posts/rows.cpp", "void f() {\n  run(" + std::string(sql) + ");\n}\n");
    check_found(sql_in_code(planted.tree()), "lib/posts/rows.cpp:2");
    Planted app;
    app.write("apps/feedctl/doctor.cpp", "void f() {\n  run(" + std::string(sql) + ");\n}\n");
    check_found(sql_in_code(app.tree()), "apps/feedctl/doctor.cpp:2");
  }
}

TEST_CASE("what only looks like sql is let through") {
  for (const auto* text : {"\"SELECT\"", "\"run SELECT pg_reload_conf();\"",
                           "\"cannot select this\"", "\"delete or update it\"", "/* SELECT 1 */ 1",
                           "1  // DELETE FROM likes", "'\"', x, \"INSERT\""}) {
    INFO(text);
    Planted planted;
    planted.write("lib/posts/rows.cpp", "void f() {\n  run(" + std::string(text) + "\n);\n}\n");
    CHECK(listed(sql_in_code(planted.tree())) == "");
  }
}

TEST_CASE("planted additions to sql are found even where sql may stand") {
  for (const auto* code :
       {"\"SELECT * FROM users WHERE name = '\" + name", "prefix + \"DELETE FROM likes\"",
        "sql::posts::load.text + where", "std::string(\"SELECT 1\") + sql::store::ping.text + x"}) {
    INFO(code);
    Planted planted;
    planted.write("lib/store/rows.cpp", "auto q =\n    " + std::string(code) + ";\n");
    check_found(sql_in_code(planted.tree()), "lib/store/rows.cpp:2");
  }
}
