// Writes the valid examples that the fuzzer begins with, made by the writers of the formats themselves, so that they
// are never of an older version: fuzz_seeds FOLDER. What was found once, and what is written by hand, is kept in
// seeds/.
#include <filesystem>
#include <fstream>

#include "config/option_table.hpp"
#include "config/run_config.hpp"
#include "config/v2_keys.hpp"
#include "dataset/quote_scan.hpp"
#include "farm/protocol.hpp"
#include "fuzz_folder.hpp"
#include "ledger/ledger.hpp"
#include "output/assembly.hpp"
#include "output/run_identity.hpp"
#include "script/host_wire.hpp"
#include "script/loader_wire.hpp"
#include "support/posix_io.hpp"

namespace prs::fuzz {
namespace {

class Seeds {
 public:
  explicit Seeds(std::string folder) : folder_(std::move(folder)) {}
  void write(const std::string& name, const std::string& bytes) const {
    const std::filesystem::path path = folder_ / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << bytes;
  }

 private:
  std::filesystem::path folder_;
};

/// The keys, as words that libFuzzer puts into configurations.
void write_dictionary(const Seeds& seeds) {
  std::string words;
  for (const Option& option : option_table())
    for (const std::string& key : {option.key, option.v1_key, option.alias})
      if (!key.empty()) words += "\"" + key + ": \"\n";
  for (const char* within : {"", "retry_settings", "resources", "task"})
    for (const std::string& key : v2_keys_within(within)) words += "\"" + key + ": \"\n";
  for (const char* word : {"type: parallel", "type: pipeline", "jobs: ", "component: ", "./component.yml", "${{inputs.",
                           "${{outputs.", "${{parent.inputs.", "${{parent.outputs.", "$[[", "]]", "uri_folder",
                           "uri_file", "mltable", "optional: true", "mode: ", "outputs: ", "#--step ", "azureml:"})
    words += "\"" + std::string(word) + "\"\n";
  for (const char* word : {"#--set ", "#--input a=", "#--output o", "#-- --", "side_input:", "side_output:", "${{",
                           "}}", "${", "!!binary ", "<<: ", "&a ", "*a", "---\\x0A", "parallel_run_config."})
    words += "\"" + std::string(word) + "\"\n";
  seeds.write("config.dict", words);
}

/// The words of MLTable files.
void write_mltable_dictionary(const Seeds& seeds) {
  std::string words;
  for (const char* word : {"paths: ",
                           "transformations: ",
                           "file: ",
                           "folder: ",
                           "pattern: ",
                           "read_delimited: ",
                           "read_parquet: ",
                           "read_json_lines: ",
                           "keep_columns: ",
                           "drop_columns: ",
                           "convert_column_types: ",
                           "columns: ",
                           "column_type: ",
                           "datetime: ",
                           "formats: ",
                           "%Y-%m-%d",
                           "extract_columns_from_partition_format: ",
                           "partition_format: ",
                           "{a:yyyy}",
                           "delimiter: ",
                           "encoding: ",
                           "header: ",
                           "infer_column_types: true",
                           "&a ",
                           "*a"})
    words += "\"" + std::string(word) + "\"\n";
  seeds.write("mltable.dict", words);
}

std::string segment(std::uint32_t start, std::vector<std::uint64_t> earlier_segment_bytes) {
  const FuzzFolder folder;
  IoThread io;
  LedgerWriter writer(io, folder.file("segment"), {start, 7, 3, start, std::move(earlier_segment_bytes)}, start);
  writer.columns("id,label\n");
  writer.error_text(1, {"ValueError", "bad digit", "line 3"});
  writer.outcome({{2}, start, TryStatus::run_exception, 5, 0, 0, {}}, 1);
  writer.outcome({{0}, start, TryStatus::run_done, 5, 5, 5, {start, 16, 40, 9}}, 0);
  writer.building({9, "2-b", "1-a"});
  writer.written({0, 40});
  writer.finishing(40, 9);
  writer.named({0, 7, 40, 1, 2});
  writer.finished();
  writer.loss({1});
  writer.retry_failed(3);
  writer.submit();
  io.finish();
  return read_file(folder.file("segment"));
}

void write_ledgers(const Seeds& seeds) {
  const std::string first = segment(1, {});
  seeds.write("ledger/one", first);
  seeds.write("ledger/two", first + segment(2, {first.size()}));
  seeds.write("ledger/torn", first.substr(0, first.size() - 70) + segment(2, {first.size() - 90}));
}

void write_messages(const Seeds& seeds) {
  using namespace protocol;
  RunConfig config;
  config.file = "/c.yaml";
  config.inputs = {{"digits", {"/data"}}};
  config.side_inputs = {{"labels", "/labels"}};
  config.models = {{"m", {"/m", "2", {{"kind", "test"}}}}};
  config.parallel.entry_script = "digits.py";
  config.parallel.run_invocation_timeout = 1.5;
  const std::string config_bytes = to_bytes(config);
  Work work{5, {1}, {2}, {{MiniBatchIndex{7}, 2, FileItems(std::string("/a\0", 3), 1)}}};
  work.tasks.push_back({{8}, 1, TableItems{1, {{"/b.csv", 0, 1024, 0}, {"/c.csv", 1024, 2000, 3, PieceUnit::rows}}}});
  work.tasks.push_back({{8}, 2, TableItems{2, {{"/e.csv", 0, 9, 0, PieceUnit::bytes, true}}}});
  work.tasks.push_back({{8}, 3, TableItems{3, {{"/e.h5", 0, 9, 0, PieceUnit::loaded_rows}}}});
  work.tasks.push_back({{9}, 1, FileItems(std::string("/d\0", 3), 1), std::string("WA\0\0", 4)});
  Report report{3, 1000, 2000, 3000, {{{{7}, 1, TryStatus::run_done, 1, 1, 1, {1, 2, 3, 4}}, "id", {}}}};
  report.outcomes.push_back({{{8}, 1, TryStatus::bad_return, 1, 0, 0, {}}, "", {"BadReturn", "none", "line 1"}});
  const std::vector<std::string> messages = {
      to_bytes(Start{config_bytes, {{"/usr/bin/python3"}, "3.11.2"}, 1, 1, 9, "run", "lease", "{}"}),
      to_bytes(work),
      to_bytes(report),
      to_bytes(std::vector<MiniBatchIndex>{{3}, {4}}),
      to_bytes(Failure{"ValueError", "bad digit", "line 3"}),
      config_bytes,
      to_bytes(AssemblyShare{0, 40, {{{1}, 0, {1, 16, 40, 9}}}}),
      to_bytes(Leave{ExitStatus::infrastructure, true, false, {2}}),
      plain_bytes(Close{true, false, 30, 1}),
      to_bytes(Assembled{true, {{3}}}),
  };
  for (std::size_t kind = 0; kind < messages.size(); ++kind)
    seeds.write("protocol/" + std::to_string(kind), static_cast<char>(kind) + messages[kind]);
}

void write_identities(const Seeds& seeds) {
  const FuzzFolder folder;
  save_run_identity(folder.file("run.json"), {"digits",
                                              0x12ab,
                                              {{"arguments", "--a 1"}, {"inputs", "\xff"}},
                                              2,
                                              {{"arguments", {"--a", "1"}}, {"inputs", {"\xff"}}},
                                              {"00ff", 1}});
  seeds.write("identity/one", read_file(folder.file("run.json")));
}

std::string frame(FrameType type, const std::string& payload) {
  FlatWriter writer;
  writer.put(static_cast<std::uint32_t>(payload.size())).put(type).put(std::uint16_t{0}).put(std::uint64_t{0});
  return writer.bytes() + payload;
}

void write_frames(const Seeds& seeds) {
  const std::string frames = frame(FrameType::ready, "") + frame(FrameType::notify, "") +
                             frame(FrameType::init_failed, std::string("E\0bad\0line", 10)) +
                             frame(FrameType::shutdown_done, "late");
  for (const char piece : {'\0', '\1', '\3'}) seeds.write("frames/pieces" + std::to_string(piece), piece + frames);
  seeds.write("frames/load",
              load_bytes({1, {{"/data/a.csv", 0, 1048576, 0, PieceUnit::bytes, true}, {"/data/b.csv", 7, 9, 5}}}));
  seeds.write("frames/loaded", loaded_bytes({3, 70, {{1, 20, 12, 4, "a,b"}, {2, 50, 0, 0, ""}}}));
  seeds.write("frames/scan", scan_bytes({1048576, {1, {{"/data/a.csv", 0, 67108864, 0}}}}));
  seeds.write("frames/scanned", to_bytes(ScannedPieces{"byte 7: no text", {{{}, {}}, {}}}));
  seeds.write("frames/described", described_bytes({1000, 16, 64, R"({"columns":[],"kind":"table"})"}));
  seeds.write("frames/load_failed", load_failed_bytes({"TableError", "byte 7: no text", ""}));
}

std::string record_step(RecordKind kind, std::uint8_t status, const std::string& body) {
  FlatWriter writer;
  writer.put(std::uint8_t{0}).put(static_cast<std::uint8_t>(kind)).put(status);
  return writer.put(static_cast<std::uint8_t>(body.size())).bytes() + body;
}

void write_rings(const Seeds& seeds) {
  FlatWriter numbers;
  numbers.put(std::uint64_t{1}).put(std::uint64_t{2}).put(std::uint64_t{3}).put(std::uint64_t{4});
  const std::string done = numbers.bytes();
  FlatWriter lengths;
  lengths.put(1U).put(2U).put(3U).put(0U);
  const std::string steps =
      record_step(RecordKind::chunk, 0, "rows") + record_step(RecordKind::done, 0, done + "rows") +
      std::string("\x04\xff\x05") + record_step(RecordKind::result, 1, done + lengths.bytes() + "abbccc") +
      record_step(RecordKind::returned, 0, done.substr(0, 8)) + std::string("\x06\x01\x02\x04\x02");
  std::string turns;
  for (int i = 0; i < 6; ++i) turns += steps;
  seeds.write("ring/steps", steps);
  seeds.write("ring/turns", turns);
}

/// How it is read and where it is cut, then the text (records_fuzz.cpp).
void write_records(const Seeds& seeds) {
  const std::string text = "a,\"b\r\n\"\"c\",d\r\n \n1,2\"3,\r\n\t\"x\"y,\r4";
  for (const char rules : {'\0', '\4', '\14', '\30'})
    seeds.write("records/rules" + std::to_string(rules), rules + ("\x09" + text));
}

}  // namespace
}  // namespace prs::fuzz

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const prs::fuzz::Seeds seeds(argv[1]);
  prs::fuzz::write_dictionary(seeds);
  prs::fuzz::write_mltable_dictionary(seeds);
  prs::fuzz::write_ledgers(seeds);
  prs::fuzz::write_messages(seeds);
  prs::fuzz::write_identities(seeds);
  prs::fuzz::write_frames(seeds);
  prs::fuzz::write_rings(seeds);
  prs::fuzz::write_records(seeds);
}
