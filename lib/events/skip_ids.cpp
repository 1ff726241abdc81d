#include "events/skip_ids.hpp"

#include <string>

#include "sql/events.hpp"

namespace feedctl::events {

namespace {

// A batch has at most 500 commands, and a bulk load some thousand rows.
constexpr std::uint64_t max_ids_of_transaction = 10'000;

store::Options session_options(store::Options owner, TransactionId last) {
  owner.primary_only = true;
  owner.settings.emplace_back("feedctl.skip_to", std::to_string(last));
  return owner;
}

}  // namespace

std::uint64_t count_ids_up_to(store::Database& owner, TransactionId last) {
  const auto rows = owner.read(sql::events::skip_look, store::params(std::to_string(last)));
  return parse_xid(rows.single_row().text(0));
}

void skip_sequence_ids(store::Database& owner, std::uint64_t transactions) {
  owner.execute(sql::events::skip_sequences,
                store::params(static_cast<std::int64_t>(transactions * max_ids_of_transaction)));
}

TransactionIdSkipper::TransactionIdSkipper(store::Options owner, TransactionId last)
    : session_(session_options(std::move(owner), last)) {}

void TransactionIdSkipper::skip_some() {
  session_.run(sql::events::skip_xids);
}

}  // namespace feedctl::events
