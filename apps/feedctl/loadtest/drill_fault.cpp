#include "feedctl/loadtest/drill_fault.hpp"

#include <csignal>

namespace feedctl::cli {

using loadtest::Drill;

void begin_fault(DrillStack& stack, Drill drill) {
  auto& supervisor = stack.servers().supervisor();
  switch (drill) {
    case Drill::redis_down:
      return supervisor.hold(DrillStack::redis_name, SIGTERM);
    case Drill::redis_flush:
      return stack.servers().redis().flush_all();
    case Drill::pg_down:
      return supervisor.hold(DrillStack::postgres_name, SIGQUIT);  // immediate shutdown
    case Drill::worker_kill:
      return supervisor.hold(DrillStack::work_name, SIGKILL);
    case Drill::restart:
      return supervisor.hold(DrillStack::serve_name, SIGTERM);
  }
}

void end_fault(DrillStack& stack, Drill drill) {
  auto& supervisor = stack.servers().supervisor();
  switch (drill) {
    case Drill::redis_down:
      return supervisor.release(DrillStack::redis_name);
    case Drill::redis_flush:
      return;
    case Drill::pg_down:
      return supervisor.release(DrillStack::postgres_name);
    case Drill::worker_kill:
      supervisor.release(DrillStack::work_name);
      return stack.add_worker();
    case Drill::restart:
      return supervisor.release(DrillStack::serve_name);
  }
}

bool lasts(Drill drill) {
  return drill != Drill::restart;
}

bool may_lose_views(Drill drill) {
  return drill == Drill::redis_down || drill == Drill::redis_flush;
}

bool can_count_backlog(Drill drill) {
  return drill != Drill::pg_down;
}

std::string begin_text(Drill drill) {
  switch (drill) {
    case Drill::redis_down:
      return "stopping Redis";
    case Drill::redis_flush:
      return "emptying Redis (FLUSHALL)";
    case Drill::pg_down:
      return "stopping PostgreSQL at once";
    case Drill::worker_kill:
      return "killing work";
    case Drill::restart:
      return "stopping serve";
  }
  return "";
}

std::string end_text(Drill drill) {
  switch (drill) {
    case Drill::redis_down:
      return "starting Redis again";
    case Drill::redis_flush:
      return "no more to do: Redis fills again";
    case Drill::pg_down:
      return "starting PostgreSQL again";
    case Drill::worker_kill:
      return "starting two workers";
    case Drill::restart:
      return "starting serve again";
  }
  return "";
}

}  // namespace feedctl::cli
