#pragma once
// `feedctl dev --auth required` with pages, contents, dead letters, and people of each role who can
// sign in at dev's provider. Owned by one test; one thread. Throws where a part cannot be made.
#include <string>
#include <vector>

#include "support/dev_process.hpp"
#include "support/server_process.hpp"

namespace feedctl {

struct ConsoleFixture {
  ConsoleFixture();

  std::string url(const std::string& target) const;
  std::string output() const { return dev->output(); }

  support::StateFolder state;
  int port = support::free_port();
  int openid_port = support::free_port();
  support::Dev dev;
  std::string editor = "editor";
  std::string other_editor = "edda";
  std::string admin = "olga";
  std::string newcomer = "nadia";
  std::vector<std::string> dead_letter_errors = {"the disk was full", "the queue was gone",
                                                 "the row was locked"};

 private:
  std::string run_command(std::vector<std::string> arguments) const;
  void add_person(const std::string& name, const std::string& role) const;
  void add_dead_letter(const std::string& error) const;
};

}  // namespace feedctl
