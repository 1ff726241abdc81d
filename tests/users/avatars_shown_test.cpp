// Users show their avatar wherever they are read or changed.
#include "support/catch.hpp"
#include "support/stored_images.hpp"
#include "support/suspension.hpp"
#include "users/users.hpp"

using namespace feedctl;

namespace {

struct Avatars {
  support::FreshDatabase fresh;
  store::Database database{options_of(fresh)};
  users::Users users{database};
  Id ada = users.create({"ada", "Ada"}).id;

  static store::Options options_of(const support::FreshDatabase& fresh) {
    store::Options options;
    options.url = fresh.url();
    options.connect_timeout = std::chrono::seconds{30};
    return options;
  }
  std::vector<std::optional<Id>> shown() {
    commands::Command command;
    std::vector<std::optional<Id>> avatars{users.get(ada).avatar,
                                           users.get("ada").avatar,
                                           users.find_account("ada").value().user.avatar,
                                           users.get_account(ada).user.avatar,
                                           users.change(ada, {}, command).user.value().avatar,
                                           users.set_role(ada, users::Role::editor).avatar};
    for (const auto& account : users.list(INT64_MAX, 10)) avatars.push_back(account.user.avatar);
    for (const auto* search : {"", "ada"}) {
      for (const auto& account : users.find_accounts({search}, INT64_MAX, 10).accounts)
        avatars.push_back(account.user.avatar);
    }
    return avatars;
  }
};

std::string json_of(const users::User& user) {
  std::string out;
  json::Writer writer(out);
  users::append_json(writer, user);
  return out;
}

}  // namespace

TEST_CASE("every way to read or change a user gives the avatar that is shown now") {
  Avatars site;
  const auto all = [](std::optional<Id> avatar) {
    return std::vector<std::optional<Id>>(9, avatar);
  };
  CHECK(site.shown() == all(std::nullopt));
  support::set_avatar(site.fresh, site.ada);
  const auto second = support::set_avatar(site.fresh, site.ada);
  CHECK(site.shown() == all(second));
  CHECK(support::suspend(site.database, site.ada).account.user.avatar == second);
  CHECK(support::suspend(site.database, site.ada).account.suspended_at.has_value());
  CHECK(support::reinstate(site.database, site.ada).account.user.avatar == second);
  support::remove_avatar(site.fresh, site.ada);
  CHECK(site.shown() == all(std::nullopt));
}

TEST_CASE("the avatar of a user is a link in JSON, or null") {
  Avatars site;
  const auto without = json_of(site.users.get(site.ada));
  CHECK(without.find("\"name\":\"Ada\",\"avatar\":null,\"followers\"") != std::string::npos);
  const auto avatar = support::set_avatar(site.fresh, site.ada);
  const auto with = json_of(site.users.get(site.ada));
  CHECK(with.find("\"name\":\"Ada\",\"avatar\":\"/v1/media/" + std::to_string(avatar) +
                  "\",\"followers\"") != std::string::npos);
}
