#pragma once

#include <chrono>
#include <ctime>
#include <string>
#include <utility>

#include "cluster/time_limit_watch.hpp"

namespace prs {

/// squeue or scontrol, played: it has answered at once.
class AnsweredQuestion final : public Question {
 public:
  explicit AnsweredQuestion(std::string answer) : answer_(std::move(answer)) {}
  void poll(TimePoint) override {}
  bool is_over() const override { return true; }
  std::string answer() const override { return answer_; }
  int fd() const override { return -1; }

 private:
  std::string answer_;
};

/// As squeue prints it: local time.
inline std::string local_time_in(std::chrono::seconds from_now) {
  const std::time_t time = std::time(nullptr) + from_now.count();
  std::tm local{};
  ::localtime_r(&time, &local);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &local);
  return text;
}

}  // namespace prs
