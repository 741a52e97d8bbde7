#pragma once

#include "output/run_lease.hpp"
#include "tests/unit/output/output_fixture.hpp"

namespace prs {

inline constexpr double length_seconds = 30;

inline LeaseHolder us() {
  return LeaseHolder::self(std::chrono::duration<double>(length_seconds));
}

/// On another machine, so that only its age tells.
inline LeaseHolder stranger() {
  LeaseHolder holder = us();
  holder.host = "far";
  holder.machine = "another";
  holder.boot = "another";
  holder.process = 4711;
  holder.since = "2026-01-02T03:04:05Z";
  return holder;
}

inline Lease lease_of(const LeaseHolder& holder, double age_seconds = 0) {
  Lease lease = parse_lease(holder.line());
  lease.number = 1;
  lease.age_seconds = age_seconds;
  return lease;
}

}  // namespace prs
