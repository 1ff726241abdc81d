#pragma once
// A source of requests that checks answers: --check.
//
// A share of the arrivals drives scripts that know what each answer must be (CheckScript). The rest
// comes from the decorated source; of its answers the order of feed pages is checked, a few hundred
// a second at most. An answer that is wrong gets the outcome `wrong` and a finding in the log. One
// generator thread uses it.
#include <memory>

#include "loadtest/check_source.hpp"
#include "loadtest/request_source.hpp"

namespace feedctl::loadtest {

class AnswerChecker : public RequestSource {
 public:
  // The contexts of `traffic` are below 2^63. `log` must outlive it.
  AnswerChecker(std::unique_ptr<RequestSource> traffic, CheckOptions options, CheckLog& log);

  bool next(PlannedRequest& request) override;
  Outcome on_answer(const PlannedRequest& request, const Answer& answer) override;

 private:
  Outcome check_page(const PlannedRequest& request, const Answer& answer);

  std::unique_ptr<RequestSource> traffic_;
  const double share_;
  CheckLog& log_;
  CheckSource checks_;
  double due_checks_ = 0;
  Clock::time_point next_page_check_at_{};
};

}  // namespace feedctl::loadtest
