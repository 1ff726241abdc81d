#include "media/queries.hpp"

#include "sql/media.hpp"

namespace feedctl::media::queries {

namespace {

const store::Query& for_kind(Kind kind, const store::Query& post, const store::Query& user) {
  return kind == Kind::avatar ? user : post;
}

store::Params subject_params(const Subject& subject, const Requester& requester) {
  return store::params(subject.id, requester.actor, requester.is_admin);
}

// Later statements of the transaction see each earlier image of the subject.
void lock(store::WriteTx& tx, const Subject& subject) {
  tx.query(for_kind(subject.kind, sql::media::lock_post, sql::media::lock_user),
           store::params(subject.id));
}

Access access_from(const store::Row& row) {
  return {row.boolean(0), row.boolean(1), row.boolean(2), row.boolean(3), std::nullopt};
}

VisibleImage visible_from(const store::Row& row) {
  return {parse_summary(row.text(3)), std::string(row.text(0)), std::string(row.text(1)),
          static_cast<std::size_t>(row.integer(2))};
}

}  // namespace

Access check(store::Database& database, const Subject& subject, const Requester& requester,
             commands::Command& command) {
  auto params = subject_params(subject, requester);
  commands::add_key_params(params, command);
  const auto rows = database.read_on_primary(
      for_kind(subject.kind, sql::media::check_post, sql::media::check_user), params);
  const auto row = rows.single_row();
  auto access = access_from(row);
  access.replay = commands::read_replay(command, row, 4);
  return access;
}

Change upload(store::WriteTx& tx, const Subject& subject, const Requester& requester,
              const StagedImage& staged, commands::Command& command) {
  lock(tx, subject);
  auto params = subject_params(subject, requester);
  add_params(params, staged);
  commands::add_key_params(params, command);
  const auto rows =
      tx.query(for_kind(subject.kind, sql::media::upload_post, sql::media::upload_user), params);
  const auto row = rows.single_row();
  Change change{std::nullopt, row.maybe_integer(1), row.maybe_integer(2), std::nullopt};
  if (!row.is_null(0)) change.image = parse_summary(row.text(0));
  change.replay = commands::read_replay(command, row, 3);
  return change;
}

Removal remove(store::WriteTx& tx, const Subject& subject, const Requester& requester,
               commands::Command& command) {
  lock(tx, subject);
  auto params = subject_params(subject, requester);
  commands::add_key_params(params, command);
  const auto rows =
      tx.query(for_kind(subject.kind, sql::media::remove_post, sql::media::remove_user), params);
  const auto row = rows.single_row();
  Removal removal{access_from(row),
                  {std::nullopt, row.maybe_integer(4), row.maybe_integer(5), std::nullopt}};
  removal.access.replay = commands::read_replay(command, row, 6);
  return removal;
}

Id next_id(store::Database& database) {
  return database.execute(sql::media::next_id).single_row().integer(0);
}

std::optional<Image> find(store::Database& database, Id media) {
  const auto rows = database.read_on_primary(sql::media::find, store::params(media));
  if (rows.empty()) return std::nullopt;
  return parse_summary(rows.single_row().text(0));
}

std::optional<VisibleImage> visible(store::Database& database, Id media) {
  const auto rows = database.read(sql::media::visible, store::params(media));
  if (rows.empty()) return std::nullopt;
  return visible_from(rows.single_row());
}

SubjectImage image_of(store::Database& database, const Subject& subject) {
  const auto rows = database.read(for_kind(subject.kind, sql::media::of_post, sql::media::of_user),
                                  store::params(subject.id));
  if (rows.empty()) return {};
  const auto row = rows.single_row();
  if (row.is_null(0)) return {true, std::nullopt};
  return {true, visible_from(row)};
}

}  // namespace feedctl::media::queries
