#include "support/fresh_database.hpp"

#include <atomic>
#include <chrono>
#include <iostream>
#include <thread>

#include "base/error.hpp"
#include "dev_servers/pg_admin.hpp"
#include "store/migrator.hpp"
#include "support/test_servers.hpp"

namespace feedctl::support {
namespace {

// By default PostgreSQL 15 and later write every copied page to the log, which takes six times the
// CPU time. The checkpoint that a copy of files needs is cheap without fsync.
const std::string& copy_strategy() {
  static const std::string strategy =
      std::stoi(dev_servers::execute(test_servers().postgres().superuser_url(),
                                     "SHOW server_version_num")) < 150'000
          ? ""
          : " STRATEGY FILE_COPY";
  return strategy;
}

void create(const std::string& name, const std::string& source) {
  const auto& server = test_servers().postgres();
  // A session that has just been closed can still be leaving the template.
  for (int attempt = 0;; ++attempt) {
    try {
      dev_servers::execute(server.superuser_url(), "CREATE DATABASE " + name + " TEMPLATE " +
                                                       source + copy_strategy() +
                                                       " OWNER feedctl_owner");
      return;
    } catch (const Error&) {
      if (attempt == 100) throw;
      std::this_thread::sleep_for(std::chrono::milliseconds{50});
    }
  }
}

std::string make_template() {
  const std::string name = "feedctl_template";
  create(name, "feedctl");  // which is empty, and already has its rights set
  const auto& server = test_servers().postgres();
  store::MigrateOptions options;
  options.owner_url = Secret<std::string>(server.owner_url(name));
  options.url = Secret<std::string>(server.url(name));
  store::migrate_up(options);
  return name;
}

const std::string& migrated_template() {
  static const std::string name = make_template();
  return name;
}

}  // namespace

FreshDatabase::FreshDatabase(Schema schema) {
  static std::atomic<int> count{0};
  name_ = "test_" + std::to_string(++count);
  create(name_, schema == Schema::migrated ? migrated_template() : "feedctl");
}

FreshDatabase::~FreshDatabase() {
  if (should_keep_databases()) return;
  try {
    dev_servers::execute(test_servers().postgres().superuser_url(),
                         "DROP DATABASE IF EXISTS " + name_ + " WITH (FORCE)");
  } catch (const std::exception& failure) {
    std::cerr << "cannot drop " << name_ << ": " << failure.what() << '\n';
  }
}

Secret<std::string> FreshDatabase::owner_url() const {
  return Secret<std::string>(test_servers().postgres().owner_url(name_));
}

Secret<std::string> FreshDatabase::url() const {
  return Secret<std::string>(test_servers().postgres().url(name_));
}

std::string FreshDatabase::superuser_url() const {
  return test_servers().postgres().superuser_url(name_);
}

std::string FreshDatabase::execute(const std::string& sql) const {
  return dev_servers::execute(superuser_url(), sql);
}

}  // namespace feedctl::support
