#include "support/side_work.hpp"

#include <signal.h>

#include <atomic>
#include <exception>

#include "support/wake_up.hpp"

namespace prs {

std::thread thread_without_signals(std::function<void()> work) {
  sigset_t all, before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread thread(std::move(work));
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread;
}

struct SideWork::State {
  std::function<void()> work;
  WakeUp wake;
  std::atomic<bool> is_over{false};
  std::exception_ptr thrown;

  void perform() {
    try {
      work();
    } catch (...) {
      thrown = std::current_exception();
    }
    is_over.store(true, std::memory_order_release);
    wake.wake();
  }
};

SideWork::SideWork(std::function<void()> work) : state_(std::make_shared<State>()) {
  state_->work = std::move(work);
  thread_ = thread_without_signals([state = state_] { state->perform(); });
}

SideWork::~SideWork() {
  if (thread_.joinable()) thread_.join();
}

bool SideWork::is_over() const {
  return state_->is_over.load(std::memory_order_acquire);
}

int SideWork::wake_fd() const {
  return state_->wake.fd();
}

void SideWork::rethrow() const {
  if (state_->thrown) std::rethrow_exception(state_->thrown);
}

}  // namespace prs
