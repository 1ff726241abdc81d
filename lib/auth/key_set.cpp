#include "auth/key_set.hpp"

#include <algorithm>

#include "base/json_writer.hpp"

namespace feedctl::auth {

namespace {

std::optional<Time> optional_time(const store::Row& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional(row.time(column));
}

}  // namespace

KeySet::KeySet(const store::Result& rows) {
  for (const auto row : rows) {
    periods_.push_back({std::string(row.text(0)), row.time(1), optional_time(row, 2)});
    keys_.push_back(
        std::make_shared<const Es256Key>(Secret<std::string>(std::string(row.text(3)))));
  }
}

std::shared_ptr<const Es256Key> KeySet::find(std::string_view kid, Time now) const {
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    if (keys_[i]->kid() == kid) return periods_[i].has_ended(now) ? nullptr : keys_[i];
  }
  return nullptr;
}

std::shared_ptr<const Es256Key> KeySet::signing_key(Time now) const {
  const auto index = signing_index(periods_, now);
  return index ? keys_[*index] : nullptr;
}

std::string KeySet::jwks_json(Time now) const {
  std::string body;
  json::Writer writer(body);
  writer.open_object().key("keys").open_array();
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    if (!periods_[i].has_ended(now)) writer.raw(keys_[i]->public_jwk());
  }
  writer.close_array().close_object();
  return body;
}

bool KeySet::is_contained_in(const KeySet& next) const {
  return std::all_of(periods_.begin(), periods_.end(), [&](const KeyPeriod& period) {
    const auto is_same = [&](const KeyPeriod& other) { return other.kid == period.kid; };
    return std::any_of(next.periods_.begin(), next.periods_.end(), is_same);
  });
}

}  // namespace feedctl::auth
