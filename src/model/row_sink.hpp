#pragma once

#include <string_view>

#include "model/outcome.hpp"

namespace prs {

/// Takes the rows of one try after another, and tells where they lie: PartWriter. Who runs tries hands it pieces of any
/// size, never single rows.
class RowSink {
 public:
  virtual ~RowSink() = default;
  /// More rows of the current try.
  virtual void add(std::string_view rows) = 0;
  /// The current try's stretch; the next try begins behind it. Of a failed try, or one that nobody ended: its bytes
  /// become garbage.
  virtual Stretch end_try() = 0;
};

/// Where rows are counted and not kept (rule 5.3).
class NoRows final : public RowSink {
 public:
  void add(std::string_view) override {}
  Stretch end_try() override { return {}; }
};

}  // namespace prs
