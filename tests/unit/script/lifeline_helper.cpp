// A stand-in for a rank that is killed: lifeline_helper FOLDER drives the hostile script that the test has put there,
// for ever. Its own environment carries no mark, so what is left with the mark was left by its death.

#include <poll.h>

#include "tests/unit/script/driver_harness.hpp"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const prs::ScriptSettings settings = prs::test::settings_for(argv[1]);
  prs::NoRows rows;
  prs::ScriptDriver driver(settings, rows);
  driver.start(prs::Clock::now());
  driver.give(prs::test::task_of(0, {"item0"}), prs::Clock::now());
  prs::ScriptDriver::Events events;
  for (;;) {
    driver.poll(prs::Clock::now(), events);
    ::poll(nullptr, 0, 2);
  }
}
