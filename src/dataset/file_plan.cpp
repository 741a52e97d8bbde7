#include "dataset/file_plan.hpp"

#include <algorithm>

#include "dataset/file_gathering.hpp"
#include "dataset/fingerprint.hpp"
#include "support/errors.hpp"

namespace prs {

FilePlan FilePlan::make(const std::vector<InputPaths>& inputs, const Options& options) {
  PRS_INVARIANT(options.files_per_mini_batch >= 1);
  PRS_INVARIANT(options.files_per_mini_batch <= UINT32_MAX);
  if (inputs.empty()) throw UserError("there is no input; name at least one under 'inputs'");
  FilePlan plan;
  plan.files_per_mini_batch_ = options.files_per_mini_batch;
  const LeftOutFolder run_folder(options.left_out_folder);
  Pulse pulse(options.between_folders);
  for (const InputPaths& input : inputs) {
    plan.input_names_.push_back(input.name);
    plan.add_part(FileGathering(input, run_folder, pulse, plan.warnings_).gather().paths);
    plan.check_sizes(input.name, options.most_bytes_of_mini_batch);
  }
  plan.fingerprint_ = plan.computed_fingerprint();
  return plan;
}

void FilePlan::add_part(GrowingArray<char> paths) {
  Part part;
  part.paths = std::move(paths);
  part.first_mini_batch = mini_batch_count_;
  const std::string_view bytes(part.paths.data(), part.paths.size());
  for (const std::string_view path : PathList(bytes))
    if (part.items++ % files_per_mini_batch_ == 0)
      part.starts.push(static_cast<std::uint64_t>(path.data() - bytes.data()));
  part.starts.shrink_to_fit();
  mini_batch_count_ += part.starts.size();
  item_count_ += part.items;
  parts_.push_back(std::move(part));
}

/// Of the part that was added last.
void FilePlan::check_sizes(const std::string& input, std::uint64_t most_bytes) const {
  if (parts_.back().paths.size() <= most_bytes) return;
  for (std::uint64_t index = parts_.back().first_mini_batch; index < mini_batch_count_; ++index) {
    const Slice items = slice_of({index});
    if (items.paths.size() > most_bytes)
      throw UserError("input '" + input + "': the paths of the " + std::to_string(items.count) +
                      " files of mini-batch " + std::to_string(index) + " take " + std::to_string(items.paths.size()) +
                      " bytes, and at most " + std::to_string(most_bytes) +
                      " can be handed to a script at once: lower mini_batch_size");
  }
}

FilePlan::Slice FilePlan::slice_of(MiniBatchIndex index) const {
  PRS_INVARIANT(index.value < mini_batch_count_);
  const auto behind =
      std::upper_bound(parts_.begin(), parts_.end(), index.value,
                       [](std::uint64_t value, const Part& candidate) { return value < candidate.first_mini_batch; });
  const Part& part = *(behind - 1);
  const std::uint64_t place = index.value - part.first_mini_batch;
  const bool is_last = place + 1 == part.starts.size();
  const std::uint64_t begin = part.starts[place];
  const std::uint64_t end = is_last ? part.paths.size() : part.starts[place + 1];
  const std::uint64_t count = is_last ? part.items - place * files_per_mini_batch_ : files_per_mini_batch_;
  return {static_cast<std::size_t>(behind - 1 - parts_.begin()), static_cast<std::uint32_t>(count),
          std::string_view(part.paths.data() + begin, end - begin)};
}

MiniBatchItems FilePlan::items_of(MiniBatchIndex index) const {
  const Slice slice = slice_of(index);
  return FileItems(std::string(slice.paths), slice.count);
}

std::uint64_t FilePlan::computed_fingerprint() const {
  Fingerprint fingerprint;
  fingerprint.add_text("files").add_number(files_per_mini_batch_).add_number(parts_.size());
  for (std::size_t i = 0; i < parts_.size(); ++i)
    fingerprint.add_text(input_names_[i]).add_text({parts_[i].paths.data(), parts_[i].paths.size()});
  return fingerprint.value();
}

std::size_t FilePlan::memory_bytes() const {
  std::size_t bytes = sizeof *this + parts_.capacity() * sizeof(Part);
  for (const Part& part : parts_) bytes += part.paths.memory_bytes() + part.starts.memory_bytes();
  for (const std::string& name : input_names_) bytes += sizeof name + name.capacity();
  for (const std::string& warning : warnings_) bytes += sizeof warning + warning.capacity();
  return bytes;
}

}  // namespace prs
