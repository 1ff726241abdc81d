#include "concurrent/worker_thread.hpp"

namespace feedctl::concurrent {

void WorkerThread::request_stop() {
  {
    const auto lock = this->lock();
    stop_ = true;
  }
  changed_.notify_all();
}

void WorkerThread::stop() {
  request_stop();
  if (thread_.joinable()) thread_.join();
}

bool WorkerThread::sleep_until(Lock& lock, Clock::time_point time) {
  changed_.wait_until(lock, time, [this] { return stop_; });
  return !stop_;
}

}  // namespace feedctl::concurrent
