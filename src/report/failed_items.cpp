#include "report/failed_items.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <utility>

#include "report/csv.hpp"
#include "report/printable.hpp"
#include "support/errors.hpp"
#include "support/posix_io.hpp"

namespace prs {
namespace {
constexpr std::size_t buffer_bytes = 256 << 10;
constexpr std::size_t most_message_bytes = 1000;
}  // namespace

FailedItemsWriter::FailedItemsWriter(std::string path) : path_(std::move(path)), beside_(path_ + ".part") {}

FailedItemsWriter::~FailedItemsWriter() {
  if (file_) ::unlink(beside_.c_str());
}

void FailedItemsWriter::add(const FailedItem& item) {
  PRS_INVARIANT(!is_finished_);
  if (!file_) {
    file_ = open_anew(beside_);
    buffer_ = "Mini-batch Id,Item,Tries,Error Category,Error Message\n";
  }
  buffer_.append(std::to_string(item.mini_batch.value)) += ',';
  append_csv_field(buffer_, item.item);
  (buffer_ += ',').append(std::to_string(item.tries)) += ',';
  append_csv_field(buffer_, one_line(item.category, most_message_bytes));
  append_csv_field(buffer_ += ',', one_line(item.message, most_message_bytes));
  buffer_ += '\n';
  if (buffer_.size() >= buffer_bytes) flush();
}

void FailedItemsWriter::flush() {
  write_all(file_.get(), buffer_, beside_);
  buffer_.clear();
}

void FailedItemsWriter::finish() {
  if (std::exchange(is_finished_, true)) return;
  if (!file_) {
    for (const std::string& older : {path_, beside_})
      if (::unlink(older.c_str()) != 0 && errno != ENOENT) throw system_error("cannot remove", older, errno);
    return;
  }
  flush();
  sync_file(file_.get(), beside_);
  if (::rename(beside_.c_str(), path_.c_str()) != 0) throw system_error("cannot rename", path_, errno);
  file_.reset();
  sync_folder(std::filesystem::path(path_).parent_path().string());
}

}  // namespace prs
