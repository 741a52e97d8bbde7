// RunConfig as flat bytes, for the other ranks of one job: never written to disk, so it has no version.
// Each text is its length (8 bytes) and its bytes; whatever these are, they come out as they went in.
#include <bit>
#include <cstring>

#include "config/settings.hpp"
#include "support/errors.hpp"

namespace prs {
namespace {

class ByteWriter {
 public:
  void field(std::uint64_t number) {
    char raw[sizeof number];
    std::memcpy(raw, &number, sizeof number);
    bytes.append(raw, sizeof number);
  }
  void field(const std::string& text) {
    field(static_cast<std::uint64_t>(text.size()));
    bytes += text;
  }
  std::string bytes;
};

class ByteReader {
 public:
  explicit ByteReader(const std::string& bytes) : bytes_(bytes) {}
  void field(std::uint64_t& number) { std::memcpy(&number, take(sizeof number), sizeof number); }
  void field(std::string& text) {
    std::uint64_t size = 0;
    field(size);
    const char* start = take(size);
    text.assign(start, size);
  }
  bool is_at_end() const { return at_ == bytes_.size(); }

 private:
  const char* take(std::uint64_t size) {
    if (size > bytes_.size() - at_)
      throw InfrastructureError("the configuration that rank 0 sent is cut short; start the job again");
    const char* start = bytes_.data() + at_;
    at_ += size;
    return start;
  }
  const std::string& bytes_;
  std::size_t at_ = 0;
};

/// Goes through the fields in one order for both directions. Each struct is taken apart by a structured binding, so
/// that a member that is added and forgotten here does not compile.
template <class Archive>
struct Fields {
  static constexpr bool is_reading = std::is_same_v<Archive, ByteReader>;
  Archive& archive;

  void visit(std::string& text) { archive.field(text); }
  void visit(bool& flag) { visit_as_number(flag); }
  void visit(std::int64_t& number) { visit_as_number(number); }
  void visit(std::uint64_t& number) { archive.field(number); }
  void visit(std::uint32_t& number) { visit_as_number(number); }
  void visit(double& number) {
    std::uint64_t raw = std::bit_cast<std::uint64_t>(number);
    archive.field(raw);
    number = std::bit_cast<double>(raw);
  }
  template <class Enum>
  requires std::is_enum_v<Enum>
  void visit(Enum& choice) { visit_as_number(choice); }
  template <class Number>
  void visit_as_number(Number& number) {
    auto raw = static_cast<std::uint64_t>(number);
    archive.field(raw);
    number = static_cast<Number>(raw);
  }
  template <class Value>
  void visit(std::optional<Value>& value) {
    bool is_set = value.has_value();
    visit(is_set);
    if (is_set && !value) value.emplace();
    if (is_set) visit(*value);
  }
  template <class Value>
  void visit(std::vector<Value>& values) {
    std::uint64_t count = values.size();
    visit(count);
    // Grown one by one: a broken count runs into the end of the bytes, not into an allocation of its size.
    for (std::uint64_t i = 0; i < count; ++i) {
      if constexpr (is_reading) values.emplace_back();
      visit(values[i]);
    }
  }
  template <class Value>
  void visit(std::map<std::string, Value>& values) {
    std::uint64_t count = values.size();
    visit(count);
    if constexpr (is_reading) {
      for (std::uint64_t i = 0; i < count; ++i) {
        std::string key;
        visit(key);
        visit(values[key]);
      }
    } else {
      for (auto& [name, value] : values) {
        std::string key = name;
        visit(key);
        visit(value);
      }
    }
  }
  template <class... Members>
  void all(Members&... members) {
    (visit(members), ...);
  }
  void visit(MiniBatchSize& size) {
    auto& [value, has_unit] = size;
    all(value, has_unit);
  }
  void visit(Environment& environment) {
    auto& [kind, value, prefix] = environment;
    all(kind, value, prefix);
  }
  void visit(InputConfig& input) {
    auto& [name, paths] = input;
    all(name, paths);
  }
  void visit(ModelConfig& model) {
    auto& [path, version, tags] = model;
    all(path, version, tags);
  }
  void visit(ParallelRunSettings& settings) {
    std::apply([this](auto&... members) { this->all(members...); }, members_of(settings));
  }
  void visit(RunConfig& config) {
    auto& [file, name, inputs, side_inputs, side_outputs, output, arguments, models, allow_reuse, parallel, warnings] =
        config;
    all(file, name, inputs, side_inputs, side_outputs, output, arguments, models, allow_reuse, parallel, warnings);
  }
};

}  // namespace

std::string to_bytes(const RunConfig& config) {
  RunConfig copy = config;
  ByteWriter writer;
  Fields<ByteWriter>{writer}.visit(copy);
  return writer.bytes;
}

RunConfig run_config_of(const std::string& bytes) {
  RunConfig config;
  ByteReader reader(bytes);
  Fields<ByteReader>{reader}.visit(config);
  if (!reader.is_at_end())
    throw InfrastructureError("the configuration that rank 0 sent has bytes too many; start the job again");
  return config;
}

}  // namespace prs
