#include "ledger/ledger_before.hpp"

#include <algorithm>
#include <filesystem>

#include "ledger/format.hpp"
#include "ledger/ledger.hpp"

namespace prs {
namespace {

bool is_there(const std::string& path) {
  std::error_code error;
  return std::filesystem::exists(path, error);
}

}  // namespace

std::uint64_t nonce_of_segment(const std::string& path) {
  return read_segment(path, ledger_format::preamble_bytes, {}).nonce;
}

LedgerBefore::LedgerBefore(std::function<std::string(std::uint32_t)> segment_path)
    : segment_path_(std::move(segment_path)) {
  for (std::uint32_t start = 1; is_there(segment_path_(start)); ++start)
    nonces_.push_back(nonce_of_segment(segment_path_(start)));
}

bool LedgerBefore::has_progress_since() const {
  for (std::uint32_t start = 1; is_there(segment_path_(start)); ++start) {
    const std::string path = segment_path_(start);
    if (std::find(nonces_.begin(), nonces_.end(), nonce_of_segment(path)) != nonces_.end()) continue;
    if (read_segment(path, UINT64_MAX, {}).has_progress) return true;
  }
  return false;
}

}  // namespace prs
