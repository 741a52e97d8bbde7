#include "report/error_catalog.hpp"

#include <algorithm>

#include "report/error_kind.hpp"
#include "support/errors.hpp"

namespace prs {
namespace {

constexpr std::size_t most_message_bytes = 4096;
constexpr std::size_t most_detail_bytes = 32 << 10;
constexpr std::size_t most_detail_bytes_when_many = 1 << 10;
constexpr std::size_t many_detail_bytes = 16 << 20;

/// The beginning and the end, where a traceback says most.
std::string without_middle(const std::string& text, std::size_t most_bytes) {
  if (text.size() <= most_bytes) return text;
  const std::size_t end_bytes = most_bytes * 3 / 4;
  std::string result = text.substr(0, most_bytes - end_bytes);
  result += "\n[… " + std::to_string(text.size() - most_bytes) + " bytes left out …]\n";
  return result.append(text, text.size() - end_bytes);
}

const Failure& other_errors() {
  static const Failure failure{"other errors", "all kinds beyond the first " + std::to_string(ErrorCatalog::most_kinds),
                               ""};
  return failure;
}

}  // namespace

std::uint32_t ErrorCatalog::add(const Failure& failure) {
  const std::uint32_t number = number_of(failure);
  ++kinds_[number - 1].count;
  ++kinds_[number - 1].added;
  ++added_;
  return number;
}

std::uint32_t ErrorCatalog::restore(const Failure& failure, std::uint64_t count) {
  const std::uint32_t number = number_of(failure);
  kinds_[number - 1].count += count;
  return number;
}

std::uint32_t ErrorCatalog::number_of(const Failure& failure) {
  if (last_number_ != 0 && failure.message == last_message_ && failure.category == last_category_) return last_number_;
  std::string key = error_kind(failure);
  const auto known = number_of_.find(key);
  const std::uint32_t number = known == number_of_.end() ? enter(std::move(key), failure) : known->second;
  Kind& kind = kinds_[number - 1];
  kind.has_other_texts = kind.has_other_texts || kind.failure.message != failure.message;
  last_number_ = number;
  last_category_ = failure.category;
  last_message_ = failure.message;
  return number;
}

std::uint32_t ErrorCatalog::enter(std::string key, const Failure& failure) {
  const Failure* text = &failure;
  if (kinds_.size() >= most_kinds) {
    text = &other_errors();
    key = error_kind(*text);
    if (const auto known = number_of_.find(key); known != number_of_.end()) return known->second;
  }
  kinds_.push_back({shortened(*text), 0});
  const auto number = static_cast<std::uint32_t>(kinds_.size());
  number_of_.emplace(std::move(key), number);
  return number;
}

Failure ErrorCatalog::shortened(const Failure& failure) {
  const std::size_t most_detail = detail_bytes_ < many_detail_bytes ? most_detail_bytes : most_detail_bytes_when_many;
  Failure kept{failure.category, without_middle(failure.message, most_message_bytes),
               without_middle(failure.detail, most_detail)};
  detail_bytes_ += kept.detail.size();
  return kept;
}

const Failure& ErrorCatalog::text_of(std::uint32_t error) const {
  PRS_INVARIANT(error >= 1 && error <= kinds_.size());
  return kinds_[error - 1].failure;
}

std::uint64_t ErrorCatalog::count_of(std::uint32_t error) const {
  PRS_INVARIANT(error >= 1 && error <= kinds_.size());
  return kinds_[error - 1].count;
}

bool ErrorCatalog::is_new(std::uint32_t error) const {
  PRS_INVARIANT(error >= 1 && error <= kinds_.size());
  return kinds_[error - 1].added == 1;
}

bool ErrorCatalog::has_other_texts(std::uint32_t error) const {
  PRS_INVARIANT(error >= 1 && error <= kinds_.size());
  return kinds_[error - 1].has_other_texts;
}

std::vector<std::uint32_t> ErrorCatalog::most_frequent(std::size_t most) const {
  std::vector<std::uint32_t> numbers;
  for (std::uint32_t number = 1; number <= kinds_.size(); ++number)
    if (kinds_[number - 1].count > 0) numbers.push_back(number);
  const std::size_t wanted = std::min(most, numbers.size());
  std::partial_sort(numbers.begin(), numbers.begin() + static_cast<std::ptrdiff_t>(wanted), numbers.end(),
                    [this](std::uint32_t a, std::uint32_t b) {
                      const std::uint64_t count_a = kinds_[a - 1].count, count_b = kinds_[b - 1].count;
                      return count_a != count_b ? count_a > count_b : a < b;
                    });
  numbers.resize(wanted);
  return numbers;
}

}  // namespace prs
