// RunConfig as flat bytes, for the other ranks of one job: never written to disk, so it has no version.
// Each text is its length (8 bytes) and its bytes; whatever these are, they come out as they went in.
#include <bit>
#include <stdexcept>

#include "config/settings.hpp"
#include "support/errors.hpp"
#include "support/flat_bytes.hpp"

namespace prs {
namespace {

/// Goes through the fields in one order for both directions. Each struct is taken apart by a structured binding, so
/// that a member that is added and forgotten here does not compile.
template <class Archive>
struct Fields {
  static constexpr bool is_reading = std::is_same_v<Archive, FlatReader>;
  Archive& archive;

  void visit(std::string& text) {
    std::uint64_t size = text.size();
    visit(size);
    if constexpr (is_reading)
      text = archive.take(size);
    else
      archive.put_bytes(text);
  }
  void visit(bool& flag) { visit_as_number(flag); }
  void visit(char& byte) {
    auto number = static_cast<std::uint64_t>(static_cast<unsigned char>(byte));
    visit(number);
    byte = static_cast<char>(number);
  }
  void visit(std::int64_t& number) { visit_as_number(number); }
  void visit(std::uint64_t& number) {
    if constexpr (is_reading)
      number = archive.template get<std::uint64_t>();
    else
      archive.put(number);
  }
  void visit(std::uint32_t& number) { visit_as_number(number); }
  void visit(double& number) {
    std::uint64_t raw = std::bit_cast<std::uint64_t>(number);
    visit(raw);
    number = std::bit_cast<double>(raw);
  }
  template <class Enum>
  requires std::is_enum_v<Enum>
  void visit(Enum& choice) { visit_as_number(choice); }
  template <class Number>
  void visit_as_number(Number& number) {
    auto raw = static_cast<std::uint64_t>(number);
    visit(raw);
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
  template <class First, class Second>
  void visit(std::pair<First, Second>& pair) {
    visit(pair.first);
    visit(pair.second);
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
    auto& [name, paths, table, partition_format, mltable] = input;
    all(name, paths, table, partition_format, mltable);
  }
  void visit(TableOptions& table) {
    auto& [format, delimiter, encoding, header, multi_line, empty, path, columns, dropped, dtypes, on_error, dataset] =
        table;
    all(format, delimiter, encoding, header, multi_line, empty, path, columns, dropped, dtypes, on_error, dataset);
  }
  void visit(ModelConfig& model) {
    auto& [path, version, tags] = model;
    all(path, version, tags);
  }
  void visit(ParallelRunSettings& settings) {
    std::apply([this](auto&... members) { this->all(members...); }, members_of(settings));
  }
  void visit(Slicing& slicing) {
    auto& [count, number] = slicing;
    all(count, number);
  }
  void visit(RunConfig& config) {
    auto& [file, name, inputs, side_inputs, side_outputs, output, arguments, models, allow_reuse, parallel, warnings,
           slicing] = config;
    all(file, name, inputs, side_inputs, side_outputs, output, arguments, models, allow_reuse, parallel, warnings,
        slicing);
  }
};

}  // namespace

std::string to_bytes(const RunConfig& config) {
  RunConfig copy = config;
  FlatWriter writer;
  Fields<FlatWriter>{writer}.visit(copy);
  return std::move(writer.bytes());
}

RunConfig run_config_of(const std::string& bytes) {
  RunConfig config;
  FlatReader reader(bytes);
  try {
    Fields<FlatReader>{reader}.visit(config);
  } catch (const std::out_of_range&) {
    throw InfrastructureError("the configuration that rank 0 sent is cut short; start the job again");
  }
  if (!reader.is_at_end())
    throw InfrastructureError("the configuration that rank 0 sent has bytes too many; start the job again");
  return config;
}

}  // namespace prs
