#pragma once

#include <cstdint>
#include <variant>

#include "model/outcome.hpp"
#include "script/loader_wire.hpp"
#include "support/unique_fd.hpp"

namespace prs {

//  LoadNotAsked ──asked──▶ LoadAsked ──┬──▶ LoadedTable ──▶ the host, and each next one until it has ended
//       ▲                     │        └──▶ FailedLoad: its try ends without a host
//       └── loader is gone ───┘
struct LoadNotAsked {};
struct LoadAsked {
  std::uint64_t number = 0;  ///< of the load
};
/// The records of a mini-batch, in a sealed memfd: text in UTF-8, each record with its line end, nothing else.
struct LoadedTable {
  UniqueFd memory;
  LoadedSize size;
};
struct FailedLoad {
  TryStatus status = TryStatus::load_exception;
  Failure failure;
};

/// How far a table mini-batch that a worker holds has been read.
using TableLoad = std::variant<LoadNotAsked, LoadAsked, LoadedTable, FailedLoad>;

}  // namespace prs
