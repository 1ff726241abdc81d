#include "bus/fault_injection.hpp"

#include <algorithm>
#include <mutex>
#include <random>

namespace feedctl::bus {

namespace {

class FaultInjectingBus final : public Bus {
 public:
  FaultInjectingBus(std::unique_ptr<Bus> bus, int percent)
      : bus_(std::move(bus)), percent_(percent) {}

  void publish(int slot, std::string_view body) override {
    if (should_inject()) return;
    bus_->publish(slot, body);
    if (should_inject()) bus_->publish(slot, body);
  }

  void publish_dead(std::string_view body) override { bus_->publish_dead(body); }

  std::vector<Message> receive(const std::vector<int>& slots,
                               std::chrono::milliseconds timeout) override {
    auto messages = bus_->receive(slots, timeout);
    const std::lock_guard lock(mutex_);
    messages.insert(messages.end(), delayed_.begin(), delayed_.end());
    delayed_.clear();
    std::shuffle(messages.begin(), messages.end(), random_);
    const auto late = std::partition(messages.begin(), messages.end(),
                                     [this](const Message&) { return !random_hit(); });
    delayed_.assign(late, messages.end());
    messages.erase(late, messages.end());
    return messages;
  }

  void acknowledge(const std::vector<Message>& messages) override {
    if (!should_inject()) bus_->acknowledge(messages);
  }
  Backlog backlog() override { return bus_->backlog(); }
  const char* name() const override { return bus_->name(); }

 private:
  bool random_hit() { return static_cast<int>(random_() % 100) < percent_; }
  bool should_inject() {
    const std::lock_guard lock(mutex_);
    return random_hit();
  }

  const std::unique_ptr<Bus> bus_;
  const int percent_;
  std::mutex mutex_;
  std::mt19937 random_{std::random_device{}()};
  std::vector<Message> delayed_;
};

}  // namespace

std::unique_ptr<Bus> make_fault_injecting_bus(std::unique_ptr<Bus> bus, int percent) {
  return std::make_unique<FaultInjectingBus>(std::move(bus), percent);
}

}  // namespace feedctl::bus
