#include "dataset/partition_format.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <utility>

#include "dataset/left_out.hpp"
#include "support/errors.hpp"

namespace prs {
namespace {

constexpr std::array<std::string_view, 6> date_fields{"yyyy", "MM", "dd", "HH", "mm", "ss"};

/// Values may hold any byte as %41, as Hive and Arrow write them. A NUL stays as it is written: it ends a value.
std::string decoded(std::string_view text) {
  std::string plain;
  for (std::size_t at = 0; at < text.size(); ++at) {
    unsigned byte = 0;
    const char* const digits = text.data() + at + 1;
    if (text[at] == '%' && at + 2 < text.size() && std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2 &&
        byte != 0) {
      plain += static_cast<char>(byte);
      at += 2;
    } else {
      plain += text[at];
    }
  }
  return plain;
}

/// The `key=value` folders above a file.
std::vector<std::pair<std::string, std::string>> folder_values(std::string_view path) {
  std::vector<std::pair<std::string, std::string>> values;
  for (std::size_t begin = 0, end = 0; (end = path.find('/', begin)) != std::string_view::npos; begin = end + 1) {
    const std::string_view folder = path.substr(begin, end - begin);
    const std::size_t equals = folder.find('=');
    if (equals != std::string_view::npos && equals > 0)
      values.emplace_back(decoded(folder.substr(0, equals)), decoded(folder.substr(equals + 1)));
  }
  return values;
}

bool is_valid_date(std::string_view iso) {
  const auto number = [&](std::size_t at, std::size_t digits) {
    int value = 0;
    std::from_chars(iso.data() + at, iso.data() + at + digits, value);
    return value;
  };
  const std::chrono::year_month_day day(std::chrono::year(number(0, 4)),
                                        std::chrono::month(static_cast<unsigned>(number(5, 2))),
                                        std::chrono::day(static_cast<unsigned>(number(8, 2))));
  return number(0, 4) > 0 && day.ok() && number(11, 2) < 24 && number(14, 2) < 60 && number(17, 2) < 60;
}

}  // namespace

/// One path against the parts of a format. A place where the rest did not fit is not tried again, so that the work is
/// at most parts × bytes × bytes.
class PartitionFormat::Match {
 public:
  Match(const PartitionFormat& format, std::string_view path)
      : parts_(format.parts_), path_(path), values_(format.keys_.size()), failed_(parts_.size() * (path.size() + 1)) {}

  bool fits(std::size_t part, std::size_t at) {
    if (part == parts_.size()) return at == path_.size();
    const std::size_t state = part * (path_.size() + 1) + at;
    // A date's parts have no choice of their own, and its end depends on what was read.
    if (failed_[state]) return false;
    const bool is_fit = fits_here(part, at);
    if (!is_fit) failed_[state] = true;
    return is_fit;
  }
  std::vector<std::string> values() { return std::move(values_); }

 private:
  bool fits_here(std::size_t part, std::size_t at) {
    const Part& now = parts_[part];
    switch (now.kind) {
      case Kind::literal:
        return path_.substr(at).starts_with(now.text) && fits(part + 1, at + now.text.size());
      case Kind::digits:
        return takes_digits(now, at) && fits(part + 1, at + now.text.size());
      case Kind::date_end:
        return is_valid_date(values_[now.key]) && fits(part + 1, at);
      case Kind::any:
      case Kind::key:
        return takes_bytes(part, at);
    }
    return false;
  }

  bool takes_bytes(std::size_t part, std::size_t at) {
    const bool is_key = parts_[part].kind == Kind::key;
    for (std::size_t end = std::min(path_.find('/', at), path_.size()); end + 1 > at + (is_key ? 1 : 0); --end) {
      if (is_key) values_[parts_[part].key] = path_.substr(at, end - at);
      if (fits(part + 1, end)) return true;
      if (end == 0) break;
    }
    return false;
  }

  bool takes_digits(const Part& part, std::size_t at) {
    static constexpr std::array<std::size_t, date_fields.size()> places{0, 5, 8, 11, 14, 17};
    const std::string_view digits = path_.substr(at, part.text.size());
    const auto is_digit = [](char byte) { return byte >= '0' && byte <= '9'; };
    if (digits.size() != part.text.size() || !std::all_of(digits.begin(), digits.end(), is_digit)) return false;
    const auto field = std::find(date_fields.begin(), date_fields.end(), part.text) - date_fields.begin();
    std::string& iso = values_[part.key];
    if (iso.empty()) iso = "0001-01-01T00:00:00";
    iso.replace(places[static_cast<std::size_t>(field)], digits.size(), digits);
    return true;
  }

  const std::vector<Part>& parts_;
  std::string_view path_;
  std::vector<std::string> values_;
  std::vector<bool> failed_;  ///< part × place
};

void PartitionFormat::refuse(const std::string& why) const {
  throw UserError("partition_format '" + text_ + "': " + why);
}

void PartitionFormat::add_literal(std::string_view text) {
  if (!text.empty()) parts_.push_back({Kind::literal, std::string(text), 0});
}

void PartitionFormat::add_key(std::string_view inside) {
  const std::size_t colon = inside.find(':');
  const std::string name(inside.substr(0, colon));
  if (name.empty()) refuse("a pair of braces has no key in it");
  if (std::find(keys_.begin(), keys_.end(), name) != keys_.end()) refuse("the key '" + name + "' is in it twice");
  if (!parts_.empty() && parts_.back().kind == Kind::key)
    refuse("nothing stands between '" + keys_.back() + "' and '" + name + "', so that no path tells where one ends");
  keys_.push_back(name);
  if (colon == std::string_view::npos)
    parts_.push_back({Kind::key, {}, keys_.size() - 1});
  else
    add_date(inside.substr(colon + 1));
}

void PartitionFormat::add_date(std::string_view form) {
  std::string seen;
  for (std::size_t at = 0; at < form.size();) {
    const auto field = std::find_if(date_fields.begin(), date_fields.end(),
                                    [&](std::string_view name) { return form.substr(at).starts_with(name); });
    if (field == date_fields.end()) {
      const char byte = form[at];
      if ((byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z'))
        refuse("the date form '" + std::string(form) + "' may have yyyy, MM, dd, HH, mm and ss, and no other letters");
      add_literal(form.substr(at++, 1));
      continue;
    }
    if (seen.find(*field) != std::string::npos)
      refuse("the date form '" + std::string(form) + "' has '" + std::string(*field) + "' twice");
    seen += *field;
    parts_.push_back({Kind::digits, std::string(*field), keys_.size() - 1});
    at += field->size();
  }
  if (seen.find("yyyy") == std::string::npos) refuse("the date form '" + std::string(form) + "' has no year: yyyy");
  parts_.push_back({Kind::date_end, {}, keys_.size() - 1});
}

PartitionFormat PartitionFormat::parse(const std::string& text) {
  PartitionFormat format;
  format.text_ = text;
  std::string_view rest = text;
  if (rest.starts_with('/')) rest.remove_prefix(1);
  while (!rest.empty()) {
    const std::size_t special = std::min(rest.find_first_of("{}*"), rest.size());
    format.add_literal(rest.substr(0, special));
    rest.remove_prefix(special);
    if (rest.empty()) break;
    std::size_t length = 1;
    if (rest.front() == '*') {
      if (format.parts_.empty() || format.parts_.back().kind != Kind::any) format.parts_.push_back({Kind::any, {}, 0});
    } else {
      const std::size_t end = rest.find('}');
      if (rest.front() == '}' || end == std::string_view::npos) format.refuse("a brace has no other one that fits it");
      format.add_key(rest.substr(1, end - 1));
      length = end + 1;
    }
    rest.remove_prefix(length);
  }
  if (format.keys_.empty()) format.refuse("it has no key, such as {state}");
  return format;
}

PartitionFormat PartitionFormat::of_folders(std::string_view path) {
  PartitionFormat format;
  for (auto& [key, value] : folder_values(path)) {
    format.text_ += (format.text_.empty() ? "" : "/") + key + "=…";
    if (std::find(format.keys_.begin(), format.keys_.end(), key) != format.keys_.end())
      throw UserError("the path '" + printable(path) + "' has two folders of the key '" + key + "'");
    format.keys_.push_back(std::move(key));
  }
  if (format.keys_.empty())
    throw UserError("the path '" + printable(path) +
                    "' has no folder such as key=value; give the input a 'partition_format'");
  return format;
}

bool PartitionFormat::is_date(std::string_view key) const {
  return std::any_of(parts_.begin(), parts_.end(),
                     [&](const Part& part) { return part.kind == Kind::date_end && keys_[part.key] == key; });
}

std::optional<std::vector<std::string>> PartitionFormat::values_of(std::string_view path) const {
  if (!parts_.empty()) {
    Match match(*this, path);
    if (!match.fits(0, 0)) return std::nullopt;
    return match.values();
  }
  std::vector<std::string> values;
  for (auto& [key, value] : folder_values(path)) {
    if (values.size() == keys_.size() || keys_[values.size()] != key) return std::nullopt;
    values.push_back(std::move(value));
  }
  if (values.size() != keys_.size()) return std::nullopt;
  return values;
}

}  // namespace prs
