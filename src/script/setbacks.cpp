#include "script/setbacks.hpp"

namespace prs {
namespace {

constexpr int most_uncharged_deaths = 3;
constexpr Duration first_restart_delay = std::chrono::milliseconds(100);

}  // namespace

std::string Setbacks::count_init_failure(Failure failure, TimePoint now) {
  ++init_failures_;
  const std::string attempt = most_init_failures_ == 1 ? ""
                                                       : ", attempt " + std::to_string(init_failures_) + " of " +
                                                             std::to_string(most_init_failures_);
  std::string note = "init() failed" + attempt + ": " + failure.message;
  if (init_failures_ == 1) first_init_failure_ = std::move(failure);
  if (init_failures_ == most_init_failures_) gave_up_ = first_init_failure_;
  restart_at_ = now + first_restart_delay * (1 << (init_failures_ - 1));
  return note;
}

bool Setbacks::count_uncharged_death() {
  return ++uncharged_deaths_ >= most_uncharged_deaths;
}

void Setbacks::restart_after_pause(TimePoint now) {
  restart_at_ = now + first_restart_delay;
}

}  // namespace prs
