// feedctl doctor on what stands around a running installation: backups, the pipeline, the proxy,
// certificates, the processes themselves, textfiles.
#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "doctor_report.hpp"
#include "operations/doctor_backups.hpp"
#include "operations/doctor_runbook.hpp"
#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "support/fresh_database.hpp"
#include "support/own_postgres.hpp"
#include "support/scripted_server.hpp"
#include "support/server_process.hpp"
#include "support/temp_folder.hpp"
#include "support/worker_processes.hpp"

using namespace feedctl;
using namespace feedctl::support;
using operations::Severity;

TEST_CASE("doctor says whether the write-ahead log is archived, and whether that works") {
  PrivatePostgres postgres;
  const auto archive = [&] { return run_doctor(postgres.url()).checks.at("wal_archive"); };
  const auto set = [&](const std::string& setting) {
    postgres.execute("ALTER SYSTEM SET " + setting);
    postgres.execute("SELECT pg_reload_conf()");
  };
  const auto off = archive();
  CHECK(off.state == "warning");
  CHECK(off.fix.find("docs/backup.md#setting-up") != std::string::npos);

  set("archive_mode = on");
  postgres.stop();
  postgres.start();
  CHECK(archive().finding.find("archive_command is not set") != std::string::npos);
  set("archive_command = 'false'");
  postgres.execute("SELECT pg_switch_wal()");
  REQUIRE(eventually(
      [&] { return postgres.execute("SELECT failed_count > 0 FROM pg_stat_archiver") == "t"; }));
  const auto failing = archive();
  CHECK(failing.state == "error");
  CHECK(failing.finding.find("the last archiving failed") != std::string::npos);

  set("archive_command = 'true'");
  REQUIRE(eventually([&] {
    return postgres.execute("SELECT last_archived_time > last_failed_time FROM pg_stat_archiver") ==
           "t";
  }));
  CHECK(archive().finding.find("archive_timeout is 0") != std::string::npos);
  set("archive_timeout = '60s'");
  const auto good = archive();
  CHECK(good.state == "ok");
  CHECK(good.has_measurement);
}

TEST_CASE("the age of the newest backup comes from what pgbackrest info prints") {
  const auto info = [](std::int64_t stop) {
    return R"([{"backup":[{"label":"a","timestamp":{"start":1,"stop":2}},{"label":"b","timestamp":{"start":1,"stop":)" +
           std::to_string(stop) + R"(}}],"name":"feedctl","status":{"code":0}}])";
  };
  const auto seconds = unix_us(now()) / 1'000'000;
  CHECK(operations::pgbackrest_finding(info(seconds - 7200)).severity == Severity::ok);
  const auto old = operations::pgbackrest_finding(info(seconds - 50 * 3600));
  CHECK(old.severity == Severity::warning);
  CHECK(old.text == "the newest backup of pgBackRest is 50 h old");
  CHECK(operations::pgbackrest_finding(R"([{"backup":[],"name":"x"}])").severity ==
        Severity::warning);
  CHECK(operations::pgbackrest_finding("[]").severity == Severity::ok);
  CHECK(operations::pgbackrest_finding("no JSON").severity == Severity::ok);
}

TEST_CASE("doctor warns of dead letters, of jobs that wait and of consumers that are behind") {
  const FreshDatabase database;
  const auto before = run_doctor(database.url().reveal());
  for (const auto* check : {"dead_letters", "jobs", "consumer_lag"}) {
    INFO(check);
    CHECK(before.checks.at(check).state == "ok");
    CHECK(before.checks.at(check).runbook == "");
  }
  database.execute(
      "INSERT INTO dead_events (kind, lane, subject, payload, attempts, crashes, error, "
      "created_at) "
      "SELECT 'fan_out', 1, 7, '{}', 5, 0, 'x', now() FROM generate_series(1, 3)");
  database.execute(
      "INSERT INTO jobs (kind, lane, subject, not_before) VALUES ('fan_out', 1, 7, now() - "
      "interval '10 minutes')");
  database.execute(
      "INSERT INTO events (type, shard, actor, object, at) SELECT 5, 3, 1, 1, clock_timestamp() - "
      "interval '5 minutes'");
  const auto after = run_doctor(database.url().reveal());
  CHECK(after.exit_code == before.exit_code);
  const auto& letters = after.checks.at("dead_letters");
  CHECK(letters.state == "warning");
  CHECK(letters.finding.find("3, the newest ") == 0);
  CHECK(letters.fix.find("feedctl dlq list") == 0);
  CHECK(letters.runbook == "docs/runbook.md#feedctldeadletters");
  CHECK(after.checks.at("jobs").state == "warning");
  CHECK(after.checks.at("jobs").runbook == "docs/runbook.md#feedctljobsstuck");
  CHECK(after.checks.at("consumer_lag").state == "warning");
  CHECK(after.checks.at("consumer_lag").fix != "");
}

TEST_CASE("doctor warns of a proxy that is not trusted, and refuses trust in everybody") {
  const FreshDatabase database;
  const auto proxy = [&](const std::vector<std::string>& environment) {
    return run_doctor(database.url().reveal(), environment).checks.at("proxy");
  };
  CHECK(proxy({}).state == "ok");
  // Nobody listens there, which is another finding.
  const std::string url = "FEEDCTL_AUTH_PUBLIC_URL=https://127.0.0.1:1";
  CHECK(proxy({url}).state == "warning");
  CHECK(proxy({url}).fix.find("server.trusted_proxies: [127.0.0.1") == 0);
  CHECK(proxy({url, "FEEDCTL_SERVER_TRUSTED_PROXIES=127.0.0.1"}).state == "ok");
  CHECK(proxy({"FEEDCTL_SERVER_TRUSTED_PROXIES=10.0.0.1,0.0.0.0/0"}).state == "error");
}

TEST_CASE("doctor says when the certificate of auth.public_url ends, and that it is not trusted") {
  const FreshDatabase database;
  const TempFolder folder;
  const auto made = make_certificate(folder.path(), "IP:127.0.0.1");  // of two days
  ScriptedServer server(
      [](ScriptedConnection& connection) {
        if (connection.read_request()) connection.write(http_answer("{}"));
      },
      made);
  const auto url = "FEEDCTL_AUTH_PUBLIC_URL=https://127.0.0.1:" + std::to_string(server.port());
  const auto certificate = [&](const std::vector<std::string>& environment) {
    return run_doctor(database.url().reveal(), environment).checks.at("certificate");
  };
  const auto ending = certificate({url, "SSL_CERT_FILE=" + made.certificate.string()});
  INFO(ending.finding);
  CHECK(ending.state == "error");
  CHECK(ending.has_measurement);
  CHECK(ending.finding.find("is valid for 1 days") != std::string::npos);
  const auto untrusted = certificate({url});
  CHECK(untrusted.state == "error");
  CHECK(untrusted.finding.find("the certificate is not trusted") != std::string::npos);
}

TEST_CASE("doctor asks the processes of this machine, and says which does not answer") {
  const FreshDatabase database;
  const ServerProcess server(database);
  const auto serve_port = "FEEDCTL_SERVER_PORT=" + std::to_string(server.port());
  const auto answering = run_doctor(database.url().reveal(), {serve_port});
  CHECK(answering.checks.at("serve").state == "ok");
  CHECK(answering.checks.at("serve").finding.find("answers, version ") != std::string::npos);
  CHECK(answering.checks.count("serve_ready") == 0);
  CHECK(answering.checks.at("work").fix.find("work.port: ") == 0);

  const auto nobody =
      run_doctor(database.url().reveal(), {"FEEDCTL_SERVER_PORT=" + std::to_string(free_port()),
                                           "FEEDCTL_WORK_PORT=" + std::to_string(free_port())});
  CHECK(nobody.checks.at("serve").state == "warning");
  CHECK(nobody.checks.at("serve").runbook == "docs/runbook.md#feedctldown");
  CHECK(nobody.checks.at("work").finding.find("nobody answers") == 0);
  CHECK(nobody.checks.at("work").runbook == "docs/runbook.md#feedctlprocessdown");

  ScriptedServer other([](ScriptedConnection& connection) {
    if (connection.read_request()) connection.write(http_answer("hello", "text/plain"));
  });
  const auto wrong =
      run_doctor(database.url().reveal(), {"FEEDCTL_SERVER_PORT=" + std::to_string(other.port())});
  CHECK(wrong.checks.at("serve").finding.find("is no feedctl") != std::string::npos);
}

TEST_CASE("doctor says why a server is not ready") {
  const FreshDatabase database(FreshDatabase::Schema::empty), good;
  RunOptions run;
  const auto port = std::to_string(free_port());
  run.environment = {"FEEDCTL_DATABASE_URL=" + database.url().reveal(), "FEEDCTL_CONFIG"};
  const BackgroundProcess serve({feedctl_binary(), "serve", "--port", port}, run);
  CheckResult ready;
  REQUIRE(eventually([&] {
    const auto report = run_doctor(good.url().reveal(), {"FEEDCTL_SERVER_PORT=" + port});
    const auto found = report.checks.find("serve_ready");
    if (found != report.checks.end()) ready = found->second;
    return ready.state == "error";
  }));
  CHECK(ready.finding.find("not ready: ") == 0);
  CHECK(ready.runbook == "docs/runbook.md#feedctlnotready");
}

TEST_CASE("doctor reads the last runs of cron commands from their textfiles") {
  const FreshDatabase database;
  const TempFolder folder;
  const auto seconds = unix_us(now()) / 1'000'000;
  const auto write = [&](int exit_code, std::int64_t flushed_ago) {
    folder.write("feedctl_jobs.prom",
                 "feedctl_job_exit_code{command=\"warm-cache\"} " + std::to_string(exit_code) +
                     "\nfeedctl_job_last_success_timestamp_seconds{command=\"warm-cache\"} " +
                     std::to_string(seconds - 7200) +
                     "\nfeedctl_job_exit_code{command=\"verify\"} " +
                     std::to_string(exit_code == 0 ? 0 : 3) +
                     "\nfeedctl_views_flush_last_success_timestamp_seconds " +
                     std::to_string(seconds - flushed_ago) + "\n");
    return run_doctor(database.url().reveal(), {}, {"--textfiles", folder.path().string()});
  };
  const auto good = write(0, 10);
  CHECK(good.checks.at("job_warm-cache").state == "ok");
  CHECK(good.checks.at("job_warm-cache").finding == "the last run succeeded 2 h ago");
  CHECK(good.checks.at("views_flush").state == "ok");
  const auto bad = write(69, 3600);
  CHECK(bad.checks.at("job_warm-cache").finding.find("exit code 69") != std::string::npos);
  CHECK(bad.checks.at("job_warm-cache").runbook == "docs/runbook.md#feedctljobfailed");
  CHECK(bad.checks.at("job_verify").runbook == "docs/runbook.md#feedctldrift");
  CHECK(bad.checks.at("views_flush").state == "warning");
  CHECK(bad.checks.at("views_flush").runbook == "docs/runbook.md#feedctlviewsflushstale");
}

TEST_CASE("each alert has a check of doctor, and each check's entry is in the runbook") {
  const std::filesystem::path source = std::getenv("FEEDCTL_SOURCE");
  const auto alerts = source / "configs/prometheus/alerts.yml",
             runbook = source / "docs/runbook.md";
  if (!std::filesystem::exists(alerts) || !std::filesystem::exists(runbook)) {
    WARN("skipped: there are no rules for alerts, or no runbook");
    return;
  }
  const auto text = read_file(runbook);
  std::string linked;
  for (const auto& link : operations::runbook_links()) {
    INFO(link.check << " -> " << link.alert);
    CHECK(text.find("## " + std::string(link.alert) + "\n") != std::string::npos);
    linked += std::string(link.alert) + "\n";
  }
  std::istringstream lines(read_file(alerts));
  const std::string mark = "- alert: ";
  for (std::string line; std::getline(lines, line);) {
    const auto at = line.find(mark);
    if (at == std::string::npos) continue;
    INFO(line);
    CHECK(linked.find(line.substr(at + mark.size()) + "\n") != std::string::npos);
  }
}
