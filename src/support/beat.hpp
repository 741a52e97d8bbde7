#pragma once

#include <atomic>
#include <cstddef>
#include <optional>
#include <string>

#include "support/clock.hpp"

namespace prs {

/// When a thread has to append the same bytes to a file once more, until that is ended. Writes nothing itself. All but
/// is_over() needs its owner's lock.
class Beat {
 public:
  struct Stroke {
    std::size_t file = 0;
    std::string bytes;
    std::string rival;  ///< a file by which the beat ends
  };
  /// Every `interval` from `now` on.
  void begin(Stroke stroke, Duration interval, TimePoint now);
  void stop() { stroke_.reset(); }
  /// Not by its owner's will: a look before a stroke has found why.
  void end();
  bool is_over() const { return is_over_.load(std::memory_order_acquire); }
  /// When the next stroke is due; max: there is none.
  TimePoint due() const { return stroke_ ? due_ : TimePoint::max(); }
  /// The stroke that is due, once.
  std::optional<Stroke> take_due(TimePoint now);

 private:
  std::optional<Stroke> stroke_;
  Duration interval_{};
  TimePoint due_{};
  std::atomic<bool> is_over_{false};
};

}  // namespace prs
