#include "users/users.hpp"

#include <atomic>
#include <thread>

#include "base/error.hpp"
#include "support/catch.hpp"
#include "support/database_options.hpp"
#include "support/error_code.hpp"
#include "support/fresh_database.hpp"
#include "users/reserved_handles.hpp"

using namespace feedctl;
using users::NewUser;
using users::Role;

namespace {

struct UsersFixture {
  static store::Options options(const support::FreshDatabase& fresh) {
    auto made = support::long_timeouts();
    made.url = fresh.url();
    made.pool_size = 20;
    return made;
  }
  // "type actor object shard" of every event, in order, or "".
  std::string events() const {
    return fresh.execute(
        "SELECT coalesce(string_agg(concat_ws(' ', type, actor, object, shard), ',' ORDER BY id), "
        "'')"
        " FROM events");
  }
  std::string event(int type, Id user) const {
    const auto id = std::to_string(user);
    return std::to_string(type) + " " + id + " " + id + " " + std::to_string(shard_of(user));
  }
  users::User set_name(Id user, const std::string& name) {
    commands::Command command;
    return users.change(user, {.name = name}, command).user.value();
  }
  users::User set_handle(Id user, const std::string& handle) {
    commands::Command command;
    return users.change(user, {.handle = handle}, command).user.value();
  }
  // As the first sign-in of a user leaves it.
  void mark_handle_proposed(Id user) const {
    fresh.execute("UPDATE users SET handle_proposed = true WHERE id = " + std::to_string(user));
  }

  support::FreshDatabase fresh;
  store::Database database{options(fresh)};
  users::Users users{database};
};

}  // namespace

TEST_CASE("a new user has a row, empty counters and one UserCreated event") {
  UsersFixture world;
  const auto made = world.users.create({"ada", "Ada Lovelace"});
  CHECK(made.handle == "ada");
  CHECK(made.name == "Ada Lovelace");
  CHECK(made.role == Role::user);
  CHECK(made.followers == 0);
  CHECK(made.following == 0);
  const auto apart = time_of_id(made.id) - made.created_at;
  CHECK(std::chrono::abs(apart) < std::chrono::seconds{30});
  const auto id = std::to_string(made.id);
  CHECK(world.fresh.execute("SELECT concat_ws(' ', id, shard, role) FROM users") ==
        id + " " + std::to_string(shard_of(made.id)) + " user");
  CHECK(world.fresh.execute(
            "SELECT concat_ws(' ', user_id, followers, following) FROM user_stats") == id + " 0 0");
  CHECK(world.events() == world.event(7, made.id));
}

TEST_CASE("a user is found by id and by handle") {
  UsersFixture world;
  const auto ada = world.users.create({"ada", "Ada", Role::admin});
  CHECK(world.users.get(ada.id).handle == "ada");
  CHECK(world.users.get("ada").id == ada.id);
  CHECK(world.users.get("ada").role == Role::admin);
  CHECK(world.users.get("ada").created_at == ada.created_at);
  CHECK_FALSE(world.users.find("bob"));
  CHECK_THROWS_WITH(world.users.get("bob"), "User with handle bob not found");
  CHECK_THROWS_WITH(world.users.get(7), "User with id 7 not found");
  CHECK_THROWS_WITH(world.users.get("' OR ''='"), "no user has such a handle");
}

TEST_CASE("a handle can be taken once, and is free again after its account is deleted") {
  UsersFixture world;
  const auto first = world.users.create({"ada"});
  CHECK(support::error_code_of([&] {
          world.users.create({"ada", "Another"});
        }) == ErrorCode::conflict);
  CHECK_THROWS_WITH(world.users.create({"ada"}), "handle is taken");
  CHECK(world.events() == world.event(7, first.id));
  world.fresh.execute("UPDATE users SET deleted_at = now()");
  CHECK_FALSE(world.users.find("ada"));
  CHECK(world.users.create({"ada"}).id != first.id);
}

TEST_CASE("of twenty concurrent requests for a handle one succeeds") {
  UsersFixture world;
  std::atomic<int> made{0}, refused{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 20; ++i) {
    threads.emplace_back([&] {
      const auto code = support::error_code_of([&] {
        world.users.create({"ada"});
        ++made;
      });
      if (code == ErrorCode::conflict) ++refused;
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(made == 1);
  CHECK(refused == 19);
  CHECK(world.fresh.execute("SELECT (SELECT count(*) FROM users) || ' ' || (SELECT count(*) FROM "
                            "user_stats) || ' ' || (SELECT count(*) FROM events)") == "1 1 1");
}

TEST_CASE("four hundred users created concurrently get distinct ids") {
  UsersFixture world;
  std::atomic<int> made{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        const auto handle = "u" + std::to_string(t * 50 + i);
        if (world.users.create({handle}).handle == handle) ++made;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(made == 400);
  CHECK(world.fresh.execute("SELECT count(DISTINCT id) FROM users") == "400");
}

TEST_CASE("a handle is 1 to 32 lowercase letters, digits and underscores") {
  UsersFixture world;
  for (const auto& good : {std::string("a"), std::string("_9"), std::string(32, 'z')}) {
    CHECK(world.users.create({good}).handle == good);
  }
  const std::string bad[] = {"",         "Ada",   "a b",
                             "a-b",      "a.b",   std::string(33, 'a'),
                             "\xc3\xa4", "ada\n", std::string("a\0b", 3),
                             "@ada",     " ada"};
  for (const auto& handle : bad) {
    INFO(handle);
    try {
      world.users.create({handle});
      FAIL("was accepted");
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::invalid_argument);
      REQUIRE(error.fields().size() == 1);
      CHECK(error.fields()[0].pointer == "/handle");
    }
  }
}

TEST_CASE("a name has up to 100 characters, none of them a control character") {
  UsersFixture world;
  std::string hundred;
  for (int i = 0; i < 100; ++i) hundred += "\xf0\x9f\x8c\xb1";
  CHECK(world.users.create({"trees", hundred}).name == hundred);
  CHECK(world.users.create({"none"}).name == "");
  const std::string bad[] = {hundred + "x",
                             "a\nb",
                             std::string("a\0b", 3),
                             "\x7f",
                             "a\xc2\x80"
                             "b",
                             "\xc2\x9f",
                             "\xff",
                             "\xed\xa0\x80"};
  for (const auto& name : bad) {
    CHECK(support::error_code_of([&] {
            world.users.create({"bad", name});
          }) == ErrorCode::invalid_argument);
  }
  CHECK(world.users
            .create({"fine",
                     "a\xc2\xa0"
                     "b \xc3\xa9"})
            .name ==
        "a\xc2\xa0"
        "b \xc3\xa9");
}

TEST_CASE("a name is not blank, and does not affect the text next to it") {
  UsersFixture world;
  const std::string bad[] = {" ",
                             "\xc2\xa0",                  // U+00A0
                             "\xe2\x80\x8b",              // U+200B
                             "\xe2\x80\xae",              // U+202E
                             "\xef\xb8\x8f\xe2\x80\x8d",  // U+FE0F U+200D
                             "a\xe2\x80\xae"
                             "b",  // U+202E
                             "\xe2\x80\xaa"
                             "a\xe2\x80\xac",  // U+202A U+202C
                             "\xe2\x81\xa6"
                             "a\xe2\x81\xa9",  // U+2066 U+2069
                             "a\xe2\x80\xa8"
                             "b"};  // U+2028
  const auto ada = world.users.create({"ada", "Ada"});
  for (const auto& name : bad) {
    INFO(name);
    CHECK(support::error_code_of([&] {
            world.users.create({"bad", name});
          }) == ErrorCode::invalid_argument);
    CHECK(support::error_code_of([&] { world.set_name(ada.id, name); }) ==
          ErrorCode::invalid_argument);
  }
  const std::string good[] = {"\xd7\x93\xd7\xa0\xe2\x80\x8f (3)",  // Hebrew with U+200F
                              "\xd9\x85\xe2\x80\x8c\xd9\x85",      // Arabic with U+200C
                              "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x9a\x80", ""};  // with U+200D
  for (const auto& name : good) CHECK(world.set_name(ada.id, name).name == name);
}

TEST_CASE("a change is written with its event, and only where it changes something") {
  UsersFixture world;
  const auto ada = world.users.create({"ada", "Ada"});
  const auto created = world.event(7, ada.id), updated = world.event(8, ada.id);
  CHECK(world.set_name(ada.id, "Ada").name == "Ada");
  CHECK(world.events() == created);
  const auto renamed = world.set_name(ada.id, "Countess");
  CHECK(renamed.name == "Countess");
  CHECK(renamed.created_at == ada.created_at);
  CHECK(world.users.get(ada.id).name == "Countess");
  CHECK(world.events() == created + "," + updated);
  CHECK(world.users.set_role(ada.id, Role::admin).role == Role::admin);
  CHECK(world.users.set_role(ada.id, Role::admin).name == "Countess");
  CHECK(world.users.get("ada").role == Role::admin);
  CHECK(world.events() == created + "," + updated + "," + updated);
  CHECK(world.set_name(ada.id, "").name == "");
  CHECK(support::error_code_of([&] { world.set_name(ada.id, "a\nb"); }) ==
        ErrorCode::invalid_argument);
  CHECK(support::error_code_of([&] { world.set_name(7, "x"); }) == ErrorCode::not_found);
  CHECK(support::error_code_of([&] { world.users.set_role(7, Role::editor); }) ==
        ErrorCode::not_found);
}

TEST_CASE("a proposed handle is changed once, with its event") {
  UsersFixture world;
  const auto ada = world.users.create({"ada_2", "Ada"});
  world.mark_handle_proposed(ada.id);
  CHECK(world.set_handle(ada.id, "ada_2").handle == "ada_2");
  CHECK(world.events() == world.event(7, ada.id));
  const auto renamed = world.set_handle(ada.id, "countess");
  CHECK(renamed.handle == "countess");
  CHECK(renamed.name == "Ada");
  CHECK(world.users.get("countess").id == ada.id);
  CHECK_FALSE(world.users.find("ada_2"));
  CHECK(world.events() == world.event(7, ada.id) + "," + world.event(8, ada.id));
  CHECK(support::error_code_of([&] { world.set_handle(ada.id, "again"); }) ==
        ErrorCode::permission_denied);
  CHECK(world.set_handle(ada.id, "countess").handle == "countess");
}

TEST_CASE("a handle that its owner chose cannot be changed, and nothing else changes with it") {
  UsersFixture world;
  const auto ada = world.users.create({"ada", "Ada"});
  commands::Command command;
  CHECK(support::error_code_of([&] {
          world.users.change(ada.id, {.name = "Eve", .handle = "eve"}, command);
        }) == ErrorCode::permission_denied);
  CHECK(world.users.get(ada.id).name == "Ada");
  CHECK(world.events() == world.event(7, ada.id));
}

TEST_CASE("a taken or an invalid handle is refused, and the change stays possible") {
  UsersFixture world;
  const auto ada = world.users.create({"ada_2"});
  world.users.create({"ada"});
  world.mark_handle_proposed(ada.id);
  CHECK(support::error_code_of([&] { world.set_handle(ada.id, "ada"); }) == ErrorCode::conflict);
  CHECK(support::error_code_of([&] { world.set_handle(ada.id, "A b"); }) ==
        ErrorCode::invalid_argument);
  CHECK(world.set_handle(ada.id, "lovelace").handle == "lovelace");
}

TEST_CASE("a handle that looks official is reserved, whatever underscores and digits it has") {
  for (const auto* handle : {"abuse", "webmaster", "administrator", "feedctl", "me", "null", "root",
                             "_admin", "ad_min", "admin_", "admin2", "support_24", "help_2_"}) {
    INFO(handle);
    CHECK(users::is_reserved_handle(handle));
  }
  for (const auto* handle : {"", "_", "7", "ada", "2admin", "admiral", "rooty", "help_me", "mei"}) {
    INFO(handle);
    CHECK_FALSE(users::is_reserved_handle(handle));
  }
}

TEST_CASE("nobody chooses a reserved handle, an operator makes it") {
  UsersFixture world;
  const auto ada = world.users.create({"ada_2"}), root = world.users.create({"root"});
  world.mark_handle_proposed(ada.id);
  for (const auto* handle : {"support", "root"}) {
    CHECK_THROWS_WITH(world.set_handle(ada.id, handle),
                      "the handle is reserved: choose one that does not look official");
    CHECK(support::error_code_of([&] { world.set_handle(ada.id, handle); }) == ErrorCode::conflict);
  }
  CHECK(world.users.get(ada.id).handle == "ada_2");
  CHECK(world.set_handle(ada.id, "lovelace").handle == "lovelace");
  CHECK(world.set_handle(root.id, "root").handle == "root");
  CHECK(support::error_code_of([&] { world.set_handle(root.id, "admin"); }) ==
        ErrorCode::permission_denied);
}

TEST_CASE("of concurrent changes to one handle one succeeds") {
  UsersFixture world;
  std::vector<Id> ids;
  for (int i = 0; i < 8; ++i) {
    ids.push_back(world.users.create({"u" + std::to_string(i)}).id);
    world.mark_handle_proposed(ids.back());
  }
  std::atomic<int> changed{0}, refused{0};
  std::vector<std::thread> threads;
  for (const auto id : ids) {
    threads.emplace_back([&, id] {
      const auto code = support::error_code_of([&] {
        world.set_handle(id, "ada");
        ++changed;
      });
      if (code == ErrorCode::conflict) ++refused;
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(changed == 1);
  CHECK(refused == 7);
}

TEST_CASE("concurrent changes each write their event, and the last one wins") {
  UsersFixture world;
  const auto ada = world.users.create({"ada"});
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 10; ++i) {
        world.set_name(ada.id, std::to_string(t) + "." + std::to_string(i));
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(world.fresh.execute("SELECT count(*) FROM events WHERE type = 8") == "80");
  CHECK(world.users.get(ada.id).name.find(".9") != std::string::npos);
}

TEST_CASE("a deleted account is treated as unknown") {
  UsersFixture world;
  const auto ada = world.users.create({"ada"});
  world.fresh.execute("UPDATE users SET deleted_at = now()");
  CHECK(support::error_code_of([&] { world.users.get(ada.id); }) == ErrorCode::not_found);
  CHECK(support::error_code_of([&] { world.set_name(ada.id, "x"); }) == ErrorCode::not_found);
  CHECK(world.users.list(ada.id + 1, 10).empty());
}

TEST_CASE("users are listed newest first, page by page") {
  UsersFixture world;
  for (int i = 0; i < 7; ++i) world.users.create({"u" + std::to_string(i)});
  std::string handles;
  Id before = std::numeric_limits<Id>::max();
  for (auto page = world.users.list(before, 3); !page.empty(); page = world.users.list(before, 3)) {
    for (const auto& account : page) handles += account.user.handle + " ";
    before = page.back().user.id;
  }
  CHECK(handles == "u6 u5 u4 u3 u2 u1 u0 ");
}

TEST_CASE("roles convert to and from their names") {
  for (const auto role : {Role::user, Role::editor, Role::admin}) {
    CHECK(users::parse_role(users::to_string(role)) == role);
  }
  CHECK_THROWS_AS(users::parse_role("god"), Error);
  CHECK_THROWS_AS(users::parse_role(""), Error);
}
