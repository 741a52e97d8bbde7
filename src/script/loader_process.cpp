#include "script/loader_process.hpp"

#include <sys/stat.h>

#include <cstring>
#include <stdexcept>
#include <utility>

#include "script/failure_text.hpp"
#include "script/loader_wire.hpp"
#include "script/process_news.hpp"

namespace prs {
namespace {

/// It shares the host's cores: the one reads while the other runs, and a rank keeps its own.
HostOrder order_of(const ScriptSettings& settings, const ProcessChannel& channel) {
  HostOrder order;
  order.keeper_program = settings.keeper_program;
  order.command = {settings.tables.loader_program, channel.socket_path()};
  order.environment = settings.environment;
  order.cores = settings.cores;
  order.folder_to_remove = channel.folder();
  return order;
}

/// Whoever maps it counts on its size.
LoadedTable loaded_table_of(Frame& frame) {
  LoadedSize size = size_of_loaded(frame.payload);
  struct stat status {};
  std::uint64_t bytes = 0;
  for (const PieceSize& piece : size.pieces) bytes += piece.bytes;
  if (!frame.descriptor || ::fstat(frame.descriptor.get(), &status) != 0 ||
      static_cast<std::uint64_t>(status.st_size) != size.bytes || bytes != size.bytes)
    throw std::out_of_range("the memory is not what the frame says of it");
  return {std::move(frame.descriptor), std::move(size)};
}

}  // namespace

LoaderProcess::LoaderProcess(const ScriptSettings& settings, TimePoint now)
    : channel_({largest_frame_from_loader_bytes, true}), process_(order_of(settings, channel_)), busy_since_(now) {
  channel_.queue_frame(LoaderFrame::setup, loader_setup_bytes(settings.tables.inputs));
}

void LoaderProcess::listen(TimePoint now, std::vector<LoadAnswer>& answers) {
  const bool is_dying = stage_ == Stage::dying;
  const ProcessNews news = look_at(process_, channel_, is_dying);
  if (is_dying) return;
  if (news) read_channel(now, answers);  // what it answered before it ended, before its end is looked at
  if (process_.wait_status() || process_.start_failure() || process_.is_gone()) stop(End::by_itself, now);
}

void LoaderProcess::read_channel(TimePoint now, std::vector<LoadAnswer>& answers) {
  if (!channel_.accept()) return;
  for (Frame& frame : channel_.receive())
    if (!accept_frame(frame, now, answers)) return stop(End::broken_answer, now);
  // That its end of the socket is closed says nothing: its keeper tells of its death, and a time limit ends what lives
  // on.
  if (channel_.is_broken()) stop(End::broken_answer, now);
}

/// False for what no loader sends.
bool LoaderProcess::accept_frame(Frame& frame, TimePoint now, std::vector<LoadAnswer>& answers) {
  const auto type = static_cast<LoaderFrame>(frame.type);
  if (type == LoaderFrame::ready && stage_ == Stage::starting) {
    stage_ = Stage::ready;
    was_ready_ = true;
    busy_since_ = now;
    return true;
  }
  if (stage_ != Stage::ready || loads_.empty() || loads_.front() != frame.number) return false;
  if (type == LoaderFrame::scanning) {
    busy_since_ = now;
    return true;
  }
  try {
    if (type == LoaderFrame::loaded)
      answers.push_back({frame.number, loaded_table_of(frame)});
    else if (type == LoaderFrame::load_failed)
      answers.push_back({frame.number, FailedLoad{TryStatus::load_exception, failure_of_load(frame.payload)}});
    else if (type == LoaderFrame::scanned || type == LoaderFrame::described)
      answers.push_back({frame.number, LoadNotAsked(), std::move(frame.payload)});
    else
      return false;
  } catch (const std::out_of_range&) {
    return false;
  }
  loads_.pop_front();
  busy_since_ = now;
  has_answered_ = true;
  return true;
}

void LoaderProcess::ask(std::uint64_t number, const TableItems& items, TimePoint now) {
  ask(LoaderFrame::load, number, load_bytes(items), now);
}

void LoaderProcess::ask_scan(std::uint64_t number, std::string_view order, TimePoint now) {
  ask(LoaderFrame::scan, number, order, now);
}

void LoaderProcess::ask_description(std::uint64_t number, const TableItems& items, TimePoint now) {
  ask(LoaderFrame::describe, number, load_bytes(items), now);
}

void LoaderProcess::ask(LoaderFrame frame, std::uint64_t number, std::string_view payload, TimePoint now) {
  if (loads_.empty()) busy_since_ = now;
  loads_.push_back(number);
  channel_.queue_frame(frame, payload, UniqueFd(), number);
}

void LoaderProcess::stop(End reason, TimePoint now) {
  if (stage_ == Stage::dying) return;
  stage_ = Stage::dying;
  end_ = reason;
  busy_since_ = now;
  process_.kill();
}

void LoaderProcess::add_poll_fds(std::vector<pollfd>& fds) const {
  if (process_.status_fd() >= 0) fds.push_back({process_.status_fd(), POLLIN, 0});
  if (stage_ == Stage::dying) return;
  if (const pollfd channel = channel_.poll_fd(); channel.fd >= 0) fds.push_back(channel);
}

std::string LoaderProcess::end_text() const {
  if (end_ == End::too_slow) return "was too slow and was killed";
  if (end_ == End::broken_answer) return "sent what none sends and was killed";
  if (process_.start_failure())
    return "could not be started: " + std::string(std::strerror(static_cast<int>(process_.start_failure()->value)));
  if (process_.wait_status()) return death_text(*process_.wait_status());
  return "ended in a way that is not known (its keeper was killed)";
}

}  // namespace prs
