// Who a person becomes at the first sign-in, and at later ones.
#include "accounts/first_login.hpp"

#include <thread>

#include "accounts/handle_proposal.hpp"
#include "accounts_fixture.hpp"
#include "base/error.hpp"
#include "support/catch.hpp"

using namespace feedctl;
using accounts::find_or_create_user;
using accounts::propose_handle;
using test::AccountsFixture;

namespace {

oidc::Profile named(const std::string& user_name, const std::string& email,
                    const std::string& name) {
  auto profile = AccountsFixture::profile("1");
  profile.preferred_username = user_name;
  profile.email = email;
  profile.name = name;
  return profile;
}

std::string handle_of(AccountsFixture& site, Id user) {
  return site.users.get(user).handle;
}

}  // namespace

TEST_CASE("a handle is proposed from user name, e-mail or name") {
  CHECK(propose_handle(named("Ada", "x@y", "N")) == "ada");
  CHECK(propose_handle(named("octo-cat.dev", "", "")) == "octo_cat_dev");
  CHECK(propose_handle(named("ada@example.org", "", "")) == "ada");
  CHECK(propose_handle(named("", "Ada.Lovelace+feed@example.org", "N")) == "ada_lovelace_feed");
  CHECK(propose_handle(named("", "", "Ada  Lovelace")) == "ada_lovelace");
  CHECK(propose_handle(named("--", "@y", "_Ada_")) == "ada");
  CHECK(propose_handle(named("\xd7\x93\xd7\xa0", "", "\xc3\x84")) == "user");
  CHECK(propose_handle(named("", "", "")) == "user");
  CHECK(propose_handle(named(std::string(100, 'A'), "", "")) == std::string(32, 'a'));
}

TEST_CASE("a handle that looks official is not proposed") {
  CHECK(propose_handle(named("Admin", "ada@example.org", "N")) == "ada");
  CHECK(propose_handle(named("_root_", "support@example.org", "Ada")) == "ada");
  CHECK(propose_handle(named("admin_2", "null", "System")) == "user");
  CHECK(propose_handle(named("admiral", "ada@example.org", "N")) == "admiral");
}

TEST_CASE("candidates for a handle differ and keep within its length") {
  const std::string longest(32, 'a');
  const auto candidates = accounts::handle_candidates(longest);
  CHECK(candidates[0] == longest);
  CHECK(candidates[1] == std::string(30, 'a') + "_2");
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    CHECK(candidates[i].size() <= 32);
    for (std::size_t j = 0; j < i; ++j) CHECK(candidates[i] != candidates[j]);
  }
}

TEST_CASE("the first sign-in makes a user with counters, event and a proposed handle") {
  AccountsFixture site;
  auto ada = named("Ada", "ada@example.org", "Ada Lovelace");
  const auto made = find_or_create_user(site.database, "idp", ada, site.time);
  CHECK(made.is_new);
  const auto user = site.users.get(made.user_id);
  CHECK(user.handle == "ada");
  CHECK(user.name == "Ada Lovelace");
  CHECK(user.role == users::Role::user);
  CHECK(site.scalar("SELECT handle_proposed FROM users") == "t");
  CHECK(site.scalar("SELECT count(*) FROM user_stats") == "1");
  CHECK(site.scalar("SELECT string_agg(type || ' ' || (object = actor), ',') FROM events") ==
        "7 true");
  CHECK(site.scalar("SELECT provider || ' ' || issuer FROM identities") ==
        "idp https://idp.example");

  ada.preferred_username = "countess";
  const auto again = find_or_create_user(site.database, "idp", ada, site.time);
  CHECK_FALSE(again.is_new);
  CHECK(again.user_id == made.user_id);
  CHECK(handle_of(site, made.user_id) == "ada");
}

TEST_CASE("an e-mail address that is known does not sign in to its account") {
  AccountsFixture site;
  auto ada = named("ada", "ada@example.org", ""), eve = ada, other = ada;
  ada.email_verified = eve.email_verified = true;
  eve.subject = "2";
  other.issuer = "https://evil.example";
  const auto first = find_or_create_user(site.database, "idp", ada, site.time);
  const auto second = find_or_create_user(site.database, "idp", eve, site.time);
  const auto third = find_or_create_user(site.database, "other", other, site.time);
  CHECK(second.is_new);
  CHECK(third.is_new);
  CHECK(first.user_id != second.user_id);
  CHECK(third.user_id != first.user_id);
  CHECK(handle_of(site, second.user_id) == "ada_2");
  CHECK(handle_of(site, third.user_id) == "ada_3");
}

TEST_CASE("where all numbered handles are taken, the ending is random") {
  AccountsFixture site;
  site.users.create({"ada"});
  for (int i = 2; i <= 9; ++i) site.users.create({"ada_" + std::to_string(i)});
  const auto made = find_or_create_user(site.database, "idp", named("ada", "", ""), site.time);
  const auto handle = handle_of(site, made.user_id);
  CHECK(handle.size() == 12);
  CHECK(handle.substr(0, 4) == "ada_");
}

TEST_CASE("concurrent first sign-ins of one person make one user") {
  AccountsFixture site;
  std::vector<Id> ids(12);
  std::vector<std::thread> threads;
  for (auto& id : ids) {
    threads.emplace_back([&] {
      id = find_or_create_user(site.database, "idp", AccountsFixture::profile("ada"), site.time)
               .user_id;
    });
  }
  for (auto& thread : threads) thread.join();
  for (const auto id : ids) CHECK(id == ids[0]);
  CHECK(site.scalar("SELECT count(*) FROM users") == "1");
  CHECK(site.scalar("SELECT count(*) FROM identities") == "1");
  CHECK(site.scalar("SELECT count(*) FROM events") == "1");
}

TEST_CASE("concurrent first sign-ins with one user name get a handle each") {
  AccountsFixture site;
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&, i] {
      auto profile = AccountsFixture::profile(std::to_string(i));
      profile.preferred_username = "ada";
      find_or_create_user(site.database, "idp", profile, site.time);
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(site.scalar("SELECT count(DISTINCT handle) FROM users") == "6");
  CHECK(site.scalar("SELECT count(*) FROM identities") == "6");
}

TEST_CASE("where others are always faster to take a readable handle, the ending is random") {
  AccountsFixture site;
  site.fresh.execute(
      "CREATE FUNCTION take() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
      "IF NEW.handle !~ '_[0-9a-f]{8}$' THEN RAISE unique_violation; END IF; RETURN NEW; END $$");
  site.fresh.execute(
      "CREATE TRIGGER take BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION take()");
  const auto made = find_or_create_user(site.database, "idp", named("ada", "", ""), site.time);
  CHECK(handle_of(site, made.user_id).substr(0, 4) == "ada_");
}

TEST_CASE("after its account is deleted a person signs in to a new one") {
  AccountsFixture site;
  const auto tokens = site.sign_in("ada");
  const auto first = support::integer_in(support::member_in(tokens, "user"), "id");
  commands::Command command;
  site.users.delete_account(first, command);
  CHECK(site.scalar("SELECT count(*) FROM identities") == "0");
  CHECK(site.scalar("SELECT count(*) FROM sessions") == "0");
  CHECK(site.refresh(tokens).status == 401);
  const auto again = site.sign_in("ada");
  CHECK(support::integer_in(support::member_in(again, "user"), "id") != first);
}

TEST_CASE("an identity whose account is gone is replaced") {
  AccountsFixture site;
  const auto profile = AccountsFixture::profile("ada");
  const auto first = find_or_create_user(site.database, "idp", profile, site.time);
  site.fresh.execute("UPDATE users SET deleted_at = now()");
  const auto second = find_or_create_user(site.database, "idp", profile, site.time);
  CHECK(second.is_new);
  CHECK(second.user_id != first.user_id);
  CHECK(site.scalar("SELECT count(*) FROM identities") == "1");
}

TEST_CASE("a suspended account does not sign in, and its sessions are not refreshed") {
  AccountsFixture site;
  const auto tokens = site.sign_in("ada");
  const auto code = site.login_code("ada");
  site.fresh.execute("UPDATE users SET suspended_at = now()");
  const auto refused = site.callback(site.begin(), site.provider->add_code(site.profile("ada")));
  CHECK(refused.status == 403);
  CHECK(support::text_in(refused, "error") == "this account is suspended");
  CHECK(site.refresh(tokens).status == 403);
  CHECK(site.exchange(code).status == 403);
  site.fresh.execute("UPDATE users SET suspended_at = NULL");
  CHECK(site.refresh(tokens).status == 200);
}

TEST_CASE("a profile without issuer or subject signs nobody in") {
  AccountsFixture site;
  auto profile = AccountsFixture::profile("");
  CHECK_THROWS_AS(find_or_create_user(site.database, "idp", profile, site.time), Error);
  profile = AccountsFixture::profile(std::string("a\0b", 3));
  CHECK_THROWS_AS(find_or_create_user(site.database, "idp", profile, site.time), Error);
  CHECK(site.scalar("SELECT count(*) FROM users") == "0");
}
