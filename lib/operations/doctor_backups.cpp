#include "operations/doctor_backups.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/time.hpp"
#include "sql/doctor.hpp"
#include "store/database.hpp"

namespace feedctl::operations {

namespace {

using std::to_string;

constexpr std::int64_t max_segments_behind = 4;
constexpr std::int64_t max_backup_age_s = 36 * 3600;  // a backup every night, and half a day
constexpr auto setting_up = "docs/backup.md#setting-up";

struct Archiver {
  std::string mode;
  bool has_command = false, has_failed = false;
  std::int64_t timeout_s = 0, archived = 0, failed = 0;
  std::optional<std::int64_t> archived_age_s, failed_age_s, segments_behind;
  std::string failed_file;
};

Archiver load_archiver(store::Database& database) {
  const auto rows = database.read(sql::doctor::archiver);
  const auto row = rows.single_row();
  return {.mode = std::string(row.text(0)),
          .has_command = row.boolean(1),
          .has_failed = row.boolean(7),
          .timeout_s = row.integer(2),
          .archived = row.integer(3),
          .failed = row.integer(4),
          .archived_age_s = row.maybe_integer(5),
          .failed_age_s = row.maybe_integer(6),
          .segments_behind = row.maybe_integer(9),
          .failed_file = row.maybe_text(8).value_or("")};
}

Finding archiving_finding(const Archiver& archiver) {
  Finding finding{"wal_archive", Severity::warning, "", ""};
  if (archiver.mode == "off") {
    finding.text =
        "archive_mode is off: after a loss of the disk, or a mistake, there is no way back to the "
        "moment before it";
    finding.fix =
        std::string("ALTER SYSTEM SET archive_mode = on; restart PostgreSQL; see ") + setting_up;
  } else if (!archiver.has_command) {
    finding.text = "archive_mode is " + archiver.mode +
                   ", and archive_command is not set: the write-ahead log piles up";
    finding.fix = std::string("set archive_command: see ") + setting_up;
  } else if (archiver.has_failed) {
    finding.severity = Severity::error;
    finding.text = "the last archiving failed " + to_string(archiver.failed_age_s.value_or(0)) +
                   " s ago, of " + archiver.failed_file + " (" + to_string(archiver.failed) +
                   " failures in all): the write-ahead log piles up";
    finding.fix = "PostgreSQL's log has what archive_command said; see docs/backup.md#checking";
  } else if (!archiver.archived_age_s) {
    finding.text = "nothing was archived yet";
    finding.fix = "SELECT pg_switch_wal(); then look again";
  } else {
    finding.measurement = static_cast<double>(*archiver.archived_age_s);
    finding.text = "last archived " + to_string(*archiver.archived_age_s) + " s ago, " +
                   to_string(archiver.archived) + " files, " + to_string(archiver.failed) +
                   " failures";
    if (archiver.segments_behind.value_or(0) > max_segments_behind) {
      finding.text += "; " + to_string(*archiver.segments_behind) + " files wait";
      finding.fix = "archive_command is slower than writes: see docs/backup.md#checking";
    } else if (archiver.timeout_s == 0) {
      finding.text +=
          "; archive_timeout is 0: with the machine goes what was written since the last full file";
      finding.fix = "ALTER SYSTEM SET archive_timeout = '60s'; SELECT pg_reload_conf();";
    } else {
      finding.severity = Severity::ok;
    }
  }
  return finding;
}

// The end of the newest backup, in Unix seconds; 0: there is none.
std::int64_t newest_backup(const json::Value& document) {
  std::int64_t newest = 0;
  if (!document.array()) return newest;
  for (const auto& stanza : *document.array()) {
    const auto* backups = stanza.find("backup");
    if (!backups || !backups->array()) continue;
    for (const auto& backup : *backups->array()) {
      const auto* times = backup.find("timestamp");
      const auto* stop = times ? times->find("stop") : nullptr;
      if (stop && stop->integer()) newest = std::max(newest, *stop->integer());
    }
  }
  return newest;
}

}  // namespace

void check_archiving(Findings& findings, store::Database& database) {
  run_check(findings, "wal_archive",
            [&] { findings.push_back(archiving_finding(load_archiver(database))); });
}

Finding pgbackrest_finding(const std::string& info_json) {
  Finding finding{"base_backup", Severity::warning, "", ""};
  std::int64_t newest = 0;
  try {
    const auto document = json::parse(info_json);
    if (document.array() && document.array()->empty()) {
      finding.severity = Severity::ok;
      finding.text = "pgBackRest is installed, and backs up nothing here";
      return finding;
    }
    newest = newest_backup(document);
  } catch (const Error&) {
    finding.severity = Severity::ok;
    finding.text = "pgbackrest info gives nothing that can be read";
    return finding;
  }
  finding.fix = "pgbackrest --stanza=feedctl backup, as postgres; see docs/backup.md";
  if (newest == 0) {
    finding.text = "pgBackRest has no backup";
    return finding;
  }
  const auto age = unix_us(now()) / 1'000'000 - newest;
  finding.measurement = static_cast<double>(age);
  finding.text = "the newest backup of pgBackRest is " + to_string(age / 3600) + " h old";
  if (age <= max_backup_age_s) {
    finding.severity = Severity::ok;
    finding.fix.clear();
  }
  return finding;
}

}  // namespace feedctl::operations
