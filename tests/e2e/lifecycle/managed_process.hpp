#pragma once
// `feedctl serve` as a service manager runs it: with a listening socket that outlives it, a socket
// for its notifications and a configuration file that may change.
#include <memory>
#include <string>
#include <vector>

#include "support/fresh_database.hpp"
#include "support/process.hpp"
#include "support/temp_folder.hpp"

namespace feedctl::lifecycle {

// A listening socket of the test, as systemd would hold it.
class ListeningSocket {
 public:
  explicit ListeningSocket(const std::string& address = "127.0.0.1");
  ~ListeningSocket();
  ListeningSocket(const ListeningSocket&) = delete;
  ListeningSocket& operator=(const ListeningSocket&) = delete;

  int fd() const { return fd_; }
  int port() const { return port_; }

 private:
  int fd_;
  int port_ = 0;
};

// What NOTIFY_SOCKET names. One thread.
class NotifySocket {
 public:
  NotifySocket();
  ~NotifySocket();
  NotifySocket(const NotifySocket&) = delete;
  NotifySocket& operator=(const NotifySocket&) = delete;

  std::string environment_variable() const { return "NOTIFY_SOCKET=" + path_; }
  // The next message with a line that begins so; "" where none came in time. Others are dropped.
  std::string wait_for_message(const std::string& line, std::chrono::milliseconds patience);

 private:
  support::TempFolder folder_;
  std::string path_;
  int fd_;
};

struct ProcessOptions {
  std::string config = {};                    // the file's text, after what every test wants
  std::vector<std::string> environment = {};  // "NAME=value"
  std::vector<std::string> arguments = {};
  const ListeningSocket* socket = nullptr;  // handed over by LISTEN_FDS
  std::string socket_name = "http";
  std::string command = "serve";
};

class ManagedProcess {
 public:
  ManagedProcess(const support::FreshDatabase& database, const ProcessOptions& how);

  support::BackgroundProcess& process() { return *process_; }
  // Waits for its line; REQUIREs nothing, so that any thread may ask.
  bool wait_for_log(const std::string& text,
                    std::chrono::milliseconds patience = std::chrono::seconds{150}) {
    return process_->wait_for_line(text, patience).has_value();
  }
  // The file's text from now on; it is read at SIGHUP.
  void write_config(const std::string& config);

 private:
  support::TempFolder folder_;
  std::unique_ptr<support::BackgroundProcess> process_;
};

}  // namespace feedctl::lifecycle
