#pragma once

#include <cstdint>
#include <string>

#include "farm/column_output.hpp"
#include "output/final_file.hpp"

namespace prs {

/// An HDF5 file of the run's rows, made by a program of ours in a process of its own (rule 1.2).
/// Source: loader/hdf5_output.hpp.
class Hdf5Output final : public ColumnOutput {
 public:
  Hdf5Output(const std::string& path, const Parts& parts)
      : parts_(parts), file_(path, parts.lease.name() + "-columns") {}
  std::optional<std::uint64_t> make(const Rows& rows) override;
  FileStamp finish(const std::optional<FileStamp>& replaceable) override { return file_.finish(replaceable); }
  void remove_leftovers() const override { file_.remove_leftovers(); }

 private:
  Parts parts_;
  FinalFile file_;
};

/// See is_column_output_of().
bool is_hdf5_output_of(const std::string& path, std::uint64_t layout);

}  // namespace prs
