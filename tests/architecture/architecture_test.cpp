#include <fstream>

#include "rules.hpp"
#include "support/catch.hpp"

using namespace feedctl::architecture;
namespace fs = std::filesystem;

namespace {

std::string to_text(const Violations& violations) {
  std::string out;
  for (const auto& violation : violations)
    out += violation.location + ": " + violation.message + "\n";
  return out;
}

const Tree& project_tree() {
  static const Tree tree = read_tree(SOURCE_ROOT);
  return tree;
}

// A small source tree of a test's own: three libraries in order, clean until something is planted.
class ViolationTree {
 public:
  ViolationTree() {
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
    write("lib/likes/queries.cpp",
          "#include <sql/likes.hpp>\n#include \"base/ids.hpp\"\n#include \"posts/posts.hpp\"\n"
          "// SELECT in a comment\nconst char* text = \"select a post\";\n");
    write("apps/feedctl/cli/options.cpp", "#include <CLI/CLI.hpp>\n");
    write("apps/feedctl/serve.cpp", "#include \"posts/routes.hpp\"\n");
  }
  ~ViolationTree() { fs::remove_all(root_); }

  void write(const std::string& path, const std::string& text) const {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text;
  }
  Tree tree() const { return read_tree(root_); }

 private:
  fs::path root_;
};

void check_found(const Violations& violations, const std::string& place) {
  INFO(to_text(violations));
  REQUIRE(violations.size() == 1);
  CHECK(violations[0].location == place);
}

}  // namespace

TEST_CASE("the source tree is found and not empty") {
  CHECK(project_tree().files.size() > 50);
  CHECK(project_tree().libraries.count("base") == 1);
  CHECK(project_tree().order.front() == "base");
  for (const auto& [name, library] : project_tree().libraries) {
    INFO(name);
    CHECK((name == "base" || !library.deps.empty() || name == "metrics"));
  }
}

TEST_CASE("no library depends on one that comes after it in the declared order") {
  CHECK(to_text(upward_declarations(project_tree())) == "");
}

TEST_CASE("no library includes a header of an undeclared dependency") {
  CHECK(to_text(undeclared_includes(project_tree())) == "");
}

TEST_CASE("third-party headers are included only in the folder that owns them") {
  CHECK(to_text(leaked_third_party_headers(project_tree())) == "");
}

TEST_CASE("a feature is included only by its public header") {
  CHECK(to_text(private_header_includes(project_tree())) == "");
}

TEST_CASE("SQL lives in .sql files and no code appends to it") {
  CHECK(to_text(embedded_sql(project_tree())) == "");
}

TEST_CASE("no source file is too long") {
  CHECK(to_text(long_files(project_tree())) == "");
}

TEST_CASE("a clean tree has no violations") {
  const auto tree = ViolationTree().tree();
  CHECK(tree.files.size() == 4);
  CHECK(to_text(upward_declarations(tree)) == "");
  CHECK(to_text(undeclared_includes(tree)) == "");
  CHECK(to_text(leaked_third_party_headers(tree)) == "");
  CHECK(to_text(private_header_includes(tree)) == "");
  CHECK(to_text(embedded_sql(tree)) == "");
  CHECK(to_text(long_files(tree)) == "");
}

TEST_CASE("a dependency on a higher library is reported") {
  ViolationTree planted;
  planted.write("lib/store/CMakeLists.txt", "feedctl_library(store DEPS base\n  likes SQL store)");
  check_found(upward_declarations(planted.tree()), "lib/store/CMakeLists.txt");
}

TEST_CASE("a dependency cycle is reported") {
  ViolationTree planted;
  planted.write("lib/posts/CMakeLists.txt", "feedctl_library(posts DEPS store likes)");
  check_found(upward_declarations(planted.tree()), "lib/posts/CMakeLists.txt");
}

TEST_CASE("a library that depends on itself is reported") {
  ViolationTree planted;
  planted.write("lib/posts/CMakeLists.txt", "feedctl_library(posts DEPS store posts)");
  check_found(upward_declarations(planted.tree()), "lib/posts/CMakeLists.txt");
}

TEST_CASE("a library missing from the declared order is reported") {
  ViolationTree planted;
  planted.write("lib/stray/CMakeLists.txt", "feedctl_library(stray DEPS base)");
  check_found(upward_declarations(planted.tree()), "lib/stray/CMakeLists.txt");
}

TEST_CASE("an include of a higher library is reported") {
  ViolationTree planted;
  planted.write("lib/store/up.hpp", "#pragma once\n#include \"likes/likes.hpp\"\n");
  check_found(undeclared_includes(planted.tree()), "lib/store/up.hpp:2");
}

TEST_CASE("an undeclared include is reported, a transitively declared one is not") {
  ViolationTree planted;
  planted.write("lib/hot/CMakeLists.txt", "feedctl_library(hot DEPS store)");
  planted.write("lib/hot/hot_feed.cpp",
                "#include \"base/ids.hpp\"\n\n#include \"posts/posts.hpp\"\n");
  check_found(undeclared_includes(planted.tree()), "lib/hot/hot_feed.cpp:3");
}

TEST_CASE("a use of another feature's queries is reported") {
  ViolationTree planted;
  planted.write("lib/likes/steal.cpp", "#include <sql/posts.hpp>\n");
  check_found(undeclared_includes(planted.tree()), "lib/likes/steal.cpp:1");
}

TEST_CASE("a third-party header is reported in every folder but its own") {
  for (const auto* header :
       {"httplib.h", "pqxx/pqxx", "libpq-fe.h", "hiredis/hiredis.h", "amqp.h", "nlohmann/json.hpp",
        "CLI/CLI.hpp", "yaml-cpp/yaml.h", "cjose/cjose.h", "prometheus/counter.h"}) {
    INFO(header);
    ViolationTree planted;
    planted.write("lib/posts/leak.cpp",
                  "#include <vector>\n  #include <" + std::string(header) + ">\n");
    check_found(leaked_third_party_headers(planted.tree()), "lib/posts/leak.cpp:2");
  }
}

TEST_CASE("httplib is reported in tests, but not in tests/support") {
  ViolationTree planted;
  planted.write("tests/support/client.cpp", "#include <httplib.h>\n");
  planted.write("tests/hot/hot_feed_test.cpp", "#include \"httplib.h\"\n");
  check_found(leaked_third_party_headers(planted.tree()), "tests/hot/hot_feed_test.cpp:1");
}

TEST_CASE("CLI11 is reported in commands, but not in the command-line folder") {
  ViolationTree planted;
  planted.write("apps/feedctl/serve.cpp", "#include <CLI/CLI.hpp>\n");
  check_found(leaked_third_party_headers(planted.tree()), "apps/feedctl/serve.cpp:1");
}

TEST_CASE("a header that exposes a third-party library is reported where it is included") {
  ViolationTree planted;
  planted.write("lib/store/inner.hpp", "#include <pqxx/pqxx>\n");
  planted.write("lib/store/outer.hpp", "#include \"store/inner.hpp\"\n");
  planted.write("lib/posts/queries.cpp", "#include \"store/outer.hpp\"\n");
  check_found(leaked_third_party_headers(planted.tree()), "lib/posts/queries.cpp:1");
}

TEST_CASE("an include of a feature's private header is reported") {
  ViolationTree planted;
  planted.write("lib/likes/inner.cpp",
                "#include \"posts/queries.hpp\"\n#include \"likes/queries.hpp\"\n");
  check_found(private_header_includes(planted.tree()), "lib/likes/inner.cpp:1");
}

TEST_CASE("routes are reported in a library and in the wrong folder of an app") {
  ViolationTree planted;
  planted.write("lib/likes/inner.cpp", "#include \"posts/routes.hpp\"\n");
  check_found(private_header_includes(planted.tree()), "lib/likes/inner.cpp:1");
  ViolationTree app;
  app.write("apps/feedctl/inner.cpp", "#include \"posts/queries.hpp\"\n");
  check_found(private_header_includes(app.tree()), "apps/feedctl/inner.cpp:1");
}

TEST_CASE("a private header with an exception is reported only outside the folders it names") {
  ViolationTree planted;
  planted.write("lib/account_cleanup/job.cpp", "#include \"posts/batch_delete.hpp\"\n");
  planted.write("lib/likes/job.cpp", "#include \"posts/batch_delete.hpp\"\n");
  check_found(private_header_includes(planted.tree()), "lib/likes/job.cpp:1");
}

TEST_CASE("a file of more than 450 lines is reported") {
  ViolationTree planted;
  planted.write("lib/posts/long.cpp", std::string(451, '\n'));
  planted.write("tests/posts/long_test.cpp", std::string(450, '\n'));
  check_found(long_files(planted.tree()), "lib/posts/long.cpp");
}

TEST_CASE("embedded SQL is reported in all its forms") {
  for (const auto* sql :
       {"\"SELECT id FROM posts\"", "\"select id from posts\"", "R\"(\n  DELETE FROM likes\n)\"",
        "R\"sql(INSERT INTO likes VALUES (1))sql\"", "\"UPDATE posts \"\n    \"SET text = ''\"",
        "\"WITH a AS (SELECT 1) \" \"SELECT * FROM a\"",
        "R\"(WITH a AS (\nSELECT\n1\nFROM\nb) TABLE a)\"", "\"update posts set text = ''\""}) {
    INFO(sql);
    ViolationTree planted;
    planted.write("lib/posts/queries.cpp", "void f() {\n  run(" + std::string(sql) + ");\n}\n");
    check_found(embedded_sql(planted.tree()), "lib/posts/queries.cpp:2");
    ViolationTree app;
    app.write("apps/feedctl/doctor.cpp", "void f() {\n  run(" + std::string(sql) + ");\n}\n");
    check_found(embedded_sql(app.tree()), "apps/feedctl/doctor.cpp:2");
  }
}

TEST_CASE("text that only resembles SQL is not reported") {
  for (const auto* text : {"\"SELECT\"", "\"run SELECT pg_reload_conf();\"",
                           "\"cannot select this\"", "\"delete or update it\"", "/* SELECT 1 */ 1",
                           "1  // DELETE FROM likes", "'\"', x, \"INSERT\""}) {
    INFO(text);
    ViolationTree planted;
    planted.write("lib/posts/queries.cpp", "void f() {\n  run(" + std::string(text) + "\n);\n}\n");
    CHECK(to_text(embedded_sql(planted.tree())) == "");
  }
}

TEST_CASE("text appended to SQL is reported even where SQL is allowed") {
  for (const auto* code :
       {"\"SELECT * FROM users WHERE name = '\" + name", "prefix + \"DELETE FROM likes\"",
        "sql::posts::load.text + where", "std::string(\"SELECT 1\") + sql::store::ping.text + x"}) {
    INFO(code);
    ViolationTree planted;
    planted.write("lib/store/rows.cpp", "auto q =\n    " + std::string(code) + ";\n");
    check_found(embedded_sql(planted.tree()), "lib/store/rows.cpp:2");
  }
}
