#include "support/contract_watch.hpp"

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <vector>

#include "support/api_contract.hpp"

namespace feedctl::support {

namespace {

constexpr std::size_t max_shown_body = 2000;

}  // namespace

ContractWatch::ContractWatch() {
  HttpClient::observe_answers(
      [this](const std::string& method, const std::string& target, const HttpResponse& answer) {
        check(method, target, answer);
      });
}

ContractWatch::~ContractWatch() {
  HttpClient::observe_answers({});
  if (faults_.empty()) return;
  for (const auto& [fault, answer] : faults_)
    std::fprintf(stderr, "contradicts docs/openapi.yaml: %s\n  %s\n", fault.c_str(),
                 answer.c_str());
  std::fflush(nullptr);
  std::_Exit(1);
}

void ContractWatch::check(const std::string& method, const std::string& target,
                          const HttpResponse& answer) {
  std::vector<std::string> faults;
  try {
    faults = ApiContract::of_binary().faults(method, target, answer);
  } catch (const std::exception& error) {
    faults = {error.what()};
  }
  const std::lock_guard lock(mutex_);
  for (const auto& fault : faults)
    faults_.emplace(method + " " + target.substr(0, target.find('?')) + " " +
                        std::to_string(answer.status) + ": " + fault,
                    target + " " + answer.body.substr(0, max_shown_body));
}

}  // namespace feedctl::support
