#pragma once
// The activities of an ActivityPub outbox, as Mastodon writes them. One thread.
#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "imports/import_sink.hpp"

namespace feedctl::imports {

// The members of an activity that deliver_activity() reads. The others repeat them: the parser's
// time depends on what it gets.
const std::vector<std::string>& activity_members();

// Hands the post of an activity to the sink, or tells it why there is none.
void deliver_activity(const json::Value& activity, Time now, ImportSink& sink);

// The owner: what actor.json holds. nullopt: it has no id.
std::optional<ImportedAccount> to_account(const json::Value& actor);
// The owner, where only its address is known.
ImportedAccount account_of_address(const std::string& address);

}  // namespace feedctl::imports
