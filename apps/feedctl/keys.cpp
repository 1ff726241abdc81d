// feedctl keys list|rotate: the keys that sign access tokens.
#include "admin/key_rotation.hpp"
#include "auth/signing_keys.hpp"
#include "base/error.hpp"
#include "feedctl/cli/output.hpp"
#include "feedctl/cli/shell_actor.hpp"
#include "feedctl/cli/spec.hpp"
#include "feedctl/runtime.hpp"
#include "store/sqlstate.hpp"

namespace feedctl::cli {

namespace {

Cell cell_of(const std::optional<Time>& time) {
  return time ? Cell{*time} : Cell{};
}

int list(Runtime& runtime) {
  Table table({"kid", "state", "sign_from", "verify_until", "created_at"});
  for (const auto& key : auth::list_signing_keys(runtime.database())) {
    table.add({key.kid, std::string(auth::to_string(key.state)), key.sign_from,
               cell_of(key.verify_until), key.created_at});
  }
  if (table.empty()) runtime.notice("no keys; hint: feedctl migrate up makes the first one");
  table.print(runtime);
  return exit_ok;
}

auth::KeyRotationReport rotate_as_owner(Runtime& runtime, bool now) {
  const auto& config = runtime.config().auth;
  const auto seconds = [](std::chrono::milliseconds time) {
    return std::chrono::ceil<std::chrono::seconds>(time);
  };
  try {
    return admin::rotate_key(runtime.owner(),
                             {seconds(config.token_ttl), seconds(config.max_token_ttl), now},
                             shell_actor());
  } catch (const store::SqlError& error) {
    if (error.sqlstate() != store::sqlstate::insufficient_privilege) throw;
    throw Error(ErrorCode::config, "only the owner of the schema may change keys")
        .with_hint("set database.owner_url, or FEEDCTL_DATABASE_OWNER_URL");
  }
}

void print_next_step(const Runtime& runtime, bool now) {
  if (runtime.dry_run())
    runtime.notice("nothing was kept; without --dry-run another key is made");
  else if (now)
    runtime.notice("every access token is refused from now on; sessions stay and get new ones");
  else
    runtime.notice("servers publish the key now and sign with it later; none has to restart");
}

int rotate(Runtime& runtime, bool now) {
  const auto report = rotate_as_owner(runtime, now);
  Record()
      .add("kid", report.kid)
      .add("sign_from", report.sign_from)
      .add("others_verify_until", cell_of(report.others_verify_until))
      .add("deleted", static_cast<std::int64_t>(report.deleted))
      .add("dry_run", runtime.dry_run())
      .print(runtime);
  print_next_step(runtime, now);
  return exit_ok;
}

}  // namespace

CommandFn keys_list(Spec& spec) {
  spec.about(
      "A key is next until it signs, and verify-only once the next one does. GET "
      "/.well-known/jwks.json publishes all keys but the expired ones. The next rotation deletes "
      "those.");
  spec.example("the keys and their times", "feedctl keys list");
  spec.see_also({"keys rotate"});
  return list;
}

CommandFn keys_rotate(Spec& spec) {
  auto now = std::make_shared<bool>(false);
  spec.about(
      "Makes the next key. It signs after auth.token_ttl, at least five minutes, so that everyone "
      "who verifies tokens has it by then. The other keys verify until the last token that they "
      "signed has expired. Needs the rights of database.owner_url. Servers notice by themselves.");
  spec.example("what would be done", "feedctl keys rotate --dry-run");
  spec.example("as the schema's owner, every few months",
               "FEEDCTL_DATABASE_OWNER_URL=postgresql:///feedctl feedctl keys rotate");
  spec.example("after a key was stolen: all access tokens end at once",
               "feedctl keys rotate --at-once");
  spec.flag("--at-once", "the other keys are compromised: the new one signs, and they end, at once",
            now.get());
  spec.offer_dry_run();
  spec.see_also({"keys list", "audit"});
  return [now](Runtime& runtime) { return rotate(runtime, *now); };
}

}  // namespace feedctl::cli
