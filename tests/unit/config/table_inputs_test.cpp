// What an input says of its tables, partition_keys, and the size of a mini-batch of a table (rules 2.2, 2.3, 3.1
// to 3.6).
#include "config_test_support.hpp"

namespace prs::test {
namespace {

/// A config whose inputs these are, with lines of one's own in parallel_run_config.
std::string with_inputs(const std::string& inputs, const std::string& parallel = "") {
  return "inputs: [" + inputs + "]\noutput: out\nparallel_run_config:\n  entry_script: scripts/digits.py\n" +
         "  error_threshold: 10\n  output_action: append_row\n" + parallel;
}

/// An input with these keys.
std::string input(const std::string& keys) {
  return "{name: sales, path: data, " + keys + "}";
}

/// A value for a config in flow style.
InputConfig input_of(const Workplace& place, const std::string& keys) {
  return read(place, with_inputs(input(keys))).inputs.at(0);
}
TableOptions table_of(const Workplace& place, const std::string& keys) {
  return input_of(place, keys).table.value();
}
std::string mistakes(const Workplace& place, const std::string& keys) {
  return mistakes_of_reading(place, with_inputs(input(keys)));
}

TEST(TableInputs, AreToldByTypeAndFormat) {
  const Workplace place;
  for (const auto& [name, format] :
       std::vector<std::pair<std::string, TableFormat>>{{"csv", TableFormat::delimited},
                                                        {"delimited", TableFormat::delimited},
                                                        {"jsonl", TableFormat::json_lines},
                                                        {"JSON_LINES", TableFormat::json_lines},
                                                        {"parquet", TableFormat::parquet},
                                                        {"hdf5", TableFormat::hdf5}})
    for (const std::string type : {"", ", type: tabular", ", type: Tabular"}) {
      TableOptions expected;
      expected.format = format;
      EXPECT_EQ(table_of(place, "format: " + name + type), expected) << name;
    }
  EXPECT_EQ(table_of(place, "format: tsv").delimiter, '\t');
  EXPECT_FALSE(input_of(place, "type: files").table);
}

TEST(TableInputs, RefuseTypesAndFormatsThatDoNotGoTogether) {
  const Workplace place;
  const std::string any = "the format csv, tsv, delimited, jsonl, json_lines, parquet or hdf5";
  EXPECT_EQ(mistakes(place, "type: tabular"),
            "c.yaml:1:42: input 1 has the type 'tabular' and no format; allowed: " + any);
  EXPECT_EQ(mistakes(place, "type: files, format: csv"),
            "c.yaml:1:57: input 1 has the type 'files' and the format 'csv'; allowed: the type tabular, or no format");
  EXPECT_EQ(mistakes(place, "type: mltable, format: csv"),
            "c.yaml:1:59: input 1 has the type 'mltable' and the format 'csv'; allowed: no format, since the MLTable "
            "file says it");
  EXPECT_NE(mistakes(place, "type: tabular, format: mltable").find("allowed: " + any), std::string::npos);
  EXPECT_NE(mistakes(place, "type: files, format: mltable").find("allowed: the type mltable"), std::string::npos);
  EXPECT_NE(mistakes(place, "format: cvs").find("did you mean 'csv'?"), std::string::npos);
  EXPECT_NE(mistakes(place, "format: [csv]"), "");
}

TEST(TableInputs, OfABrokenFormatGiveNoMistakesThatFollowFromIt) {
  const Workplace place;
  EXPECT_EQ(mistakes(place, "format: cvs, delimiter: ';', dataset: x").find("does not fit"), std::string::npos);
}

TEST(TableInputs, ReadEveryKeyOfDelimitedText) {
  const Workplace place;
  const InputConfig read = input_of(
      place,
      "format: csv, separator: ';', encoding: UTF-16-LE, header: no_header, support_multi_line: true, "
      "empty_as_string: yes, include_path_column: true, columns: [b, a], dtypes: {z: int, b: datetime, a: object}, "
      "on_type_error: 'null', partition_format: '{state}/{day:yyyy/MM/dd}/*.csv'");
  TableOptions expected;
  expected.delimiter = ';';
  expected.encoding = TextEncoding::utf16_le;
  expected.header = HeaderMode::no_header;
  expected.support_multi_line = expected.empty_as_string = expected.include_path_column = true;
  expected.columns = {"b", "a"};
  expected.dtypes = {{"z", "int64"}, {"b", "datetime64[ns]"}, {"a", "str"}};
  expected.on_type_error = OnTypeError::null;
  EXPECT_EQ(read.table, expected);
  EXPECT_EQ(read.partition_format, "{state}/{day:yyyy/MM/dd}/*.csv");
  EXPECT_EQ(table_of(place, "format: hdf5, dataset: /a/b").dataset, "/a/b");
}

TEST(TableInputs, TakeNullForOnTypeErrorAsAWord) {
  const Workplace place;
  for (const char* text : {"null", "~", "'null'", "NULL"})
    EXPECT_EQ(table_of(place, std::string("format: csv, on_type_error: ") + text).on_type_error, OnTypeError::null)
        << text;
  EXPECT_EQ(table_of(place, "format: csv, on_type_error: fail").on_type_error, OnTypeError::fail);
  EXPECT_NE(mistakes(place, "on_type_error: null").find("does not fit files"), std::string::npos);
}

TEST(Delimiters, AreOneByteOrAWord) {
  const Workplace place;
  const std::vector<std::pair<std::string, char>> cases = {
      {"';'", ';'},   {"\"\\t\"", '\t'}, {"'\\t'", '\t'},       {"\\t", '\t'},  {"tab", '\t'},      {"' '", ' '},
      {"space", ' '}, {"pipe", '|'},     {"\"\\x01\"", '\x01'}, {"comma", ','}, {"semicolon", ';'}, {"x", 'x'}};
  for (const auto& [text, delimiter] : cases)
    EXPECT_EQ(table_of(place, "format: csv, delimiter: " + text).delimiter, delimiter) << text;
  for (const char* text : {"''", "'\"'", "\"\\n\"", "\"\\r\"", ";;", "§", "\"\\0\"", "[;]", "\"\\xa7\""})
    EXPECT_NE(mistakes(place, std::string("format: csv, delimiter: ") + text), "") << text;
  EXPECT_NE(mistakes(place, "format: csv, delimiter: ';', separator: ';'").find("means the same as"),
            std::string::npos);
}

TEST(Encodings, AreKnownInAnySpelling) {
  const Workplace place;
  const std::vector<std::pair<TextEncoding, std::vector<std::string>>> cases = {
      {TextEncoding::utf8, {"utf8", "utf-8", "UTF_8", "utf-8-sig", "utf8bom"}},
      {TextEncoding::utf16, {"utf16", "utf-16", "UTF-16"}},
      {TextEncoding::utf16_le, {"utf-16-le", "utf_16_le", "utf-16le"}},
      {TextEncoding::utf16_be, {"utf-16-be"}},
      {TextEncoding::latin1, {"latin1", "latin-1", "Latin_1", "iso-8859-1", "iso88591"}},
      {TextEncoding::ascii, {"ascii", "us-ascii"}},
      {TextEncoding::windows_1252, {"windows-1252", "windows1252", "cp1252"}}};
  for (const auto& [encoding, spellings] : cases)
    for (const std::string& text : spellings)
      EXPECT_EQ(table_of(place, "format: jsonl, encoding: " + text).encoding, encoding) << text;
  for (const char* text : {"utf-32", "koi8-r", "''", "[utf8]"})
    EXPECT_NE(mistakes(place, std::string("format: csv, encoding: ") + text), "") << text;
}

TEST(Headers, AreModesOrBooleans) {
  const Workplace place;
  const auto mode = [&](const std::string& text) { return table_of(place, "format: csv, header: " + text).header; };
  EXPECT_EQ(mode("true"), HeaderMode::all_files_same_headers);
  EXPECT_EQ(mode("False"), HeaderMode::no_header);
  EXPECT_EQ(mode("from_first_file"), HeaderMode::from_first_file);
  EXPECT_EQ(mode("all_files_different_headers"), HeaderMode::all_files_different_headers);
  for (const char* text : {"'true'", "0", "none", "[true]"})
    EXPECT_NE(mistakes(place, std::string("format: csv, header: ") + text), "") << text;
}

TEST(ColumnsAndTypes, AreChecked) {
  const Workplace place;
  for (const char* keys : {"columns: []", "columns: [a, a]", "columns: {a: b}", "columns: [[a]]", "dtypes: {a: int65}",
                           "dtypes: [int64]", "dtypes: {a: INT64}", "dtypes: {a: [int64]}"})
    EXPECT_NE(mistakes(place, std::string("format: csv, ") + keys), "") << keys;
  EXPECT_NE(mistakes(place, "format: csv, dtypes: {a: flaot64}").find("did you mean 'float64'?"), std::string::npos);
  EXPECT_EQ(table_of(place, "format: csv, columns: a, dtypes: {a: null}").columns, std::vector<std::string>{"a"});
  EXPECT_EQ(table_of(place, "format: csv, dtypes: {a: Int64}").dtypes.front().second, "Int64");
}

TEST(KeysOfOtherFormats, AreMistakesWithTheirPlace) {
  const Workplace place;
  EXPECT_EQ(mistakes(place, "format: parquet, delimiter: ';'"),
            "c.yaml:1:53: the key 'delimiter' in input 1 does not fit the format parquet; allowed: with csv, tsv or "
            "delimited");
  EXPECT_EQ(mistakes(place, "separator: ';'"),
            "c.yaml:1:36: the key 'separator' in input 1 does not fit files; allowed: with the format csv, tsv or "
            "delimited");
  for (const char* keys :
       {"format: jsonl, header: true", "format: jsonl, support_multi_line: true", "format: csv, dataset: a",
        "format: hdf5, encoding: utf8", "format: hdf5, dtypes: {a: int}", "type: files, columns: [a]"})
    EXPECT_NE(mistakes(place, keys).find("does not fit"), std::string::npos) << keys;
}

TEST(PartitionFormats, HaveBracesInOrder) {
  const Workplace place;
  for (const char* format : {"{a}/{b}/*.csv", "{name}.{extension}", "**/{a:yyyy/MM/dd}/x", "*"})
    EXPECT_EQ(input_of(place, std::string("partition_format: '") + format + "'").partition_format, format);
  for (const char* format : {"{", "a}", "{}", "{a/{b}}", "{a{b}}", "{:yyyy}", "{a:}", "{a/b}", ""})
    EXPECT_NE(mistakes(place, std::string("partition_format: '") + format + "'"), "") << format;
}

TEST(Inputs, AreAllOfOneType) {
  const Workplace place;
  EXPECT_EQ(mistakes_of_reading(place, with_inputs("{name: a, path: data}, {name: b, path: data, format: csv}")),
            "c.yaml:1:33: input 2 is a table, and input 1 is files; allowed: one type for all inputs of a run");
  EXPECT_EQ(mistakes_of_reading(
                place, with_inputs("{name: a, path: data, format: parquet}, {name: b, path: data, format: csv}")),
            "");
}

TEST(MiniBatchSizeOfARun, FollowsFromItsInputs) {
  const Workplace place;
  const auto size = [&](const std::string& keys, const std::string& parallel = "") {
    return read(place, with_inputs(input(keys), parallel)).parallel.mini_batch_size;
  };
  EXPECT_EQ(size("type: files"), (MiniBatchSize{10, false}));
  EXPECT_EQ(size("format: csv"), (MiniBatchSize{1u << 20, true}));
  EXPECT_EQ(size("format: hdf5"), (MiniBatchSize{1u << 20, true}));
  EXPECT_EQ(size("format: hdf5", "  mini_batch_size: 300\n"), (MiniBatchSize{300, false}));
  EXPECT_EQ(size("format: csv", "  mini_batch_size: 2 KB\n"), (MiniBatchSize{2048, true}));
  EXPECT_EQ(mistakes_of_reading(place, with_inputs(input("type: files"), "  mini_batch_size: 2 KB\n")),
            "c.yaml:7:20: mini_batch_size is '2 KB'; allowed: a number of files, without a unit");
}

TEST(PartitionKeys, StandInPlaceOfASize) {
  const Workplace place;
  const RunConfig config =
      read(place, with_inputs(input("format: csv, partition_format: '{a}/{b}/*'"), "  partition_keys: [a, b]\n"));
  EXPECT_EQ(config.parallel.partition_keys, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(config.parallel.mini_batch_size, std::nullopt);
  const RunConfig again = read(place, text_of(config));
  EXPECT_EQ(again.parallel, config.parallel);
  EXPECT_NE(mistakes_of_reading(
                place, with_inputs(input("format: csv"), "  partition_keys: '[\"a\"]'\n  mini_batch_size: 5\n")),
            "");
}

TEST(PartitionFormats, WithoutKeysAreForTables) {
  const Workplace place;
  EXPECT_EQ(mistakes_in(place, with_inputs(input("format: csv, partition_format: '{a}/*'"))), "");
  EXPECT_EQ(mistakes_in(place, with_inputs(input("partition_format: '{a}/*'"), "  partition_keys: [a]\n")), "");
  const std::string of_files = mistakes_in(place, with_inputs(input("partition_format: '{a}/*'")));
  EXPECT_NE(of_files.find("input 1 has a partition_format and the run no partition_keys: files have no columns"),
            std::string::npos)
      << of_files;
}

/// Inputs whose text must load to the same again.
TEST(TextAndBytesOfTables, GiveTheSameInputBack) {
  const Workplace place;
  for (const char* keys :
       {"format: csv", "format: tsv", "format: jsonl, encoding: latin1", "format: parquet, on_type_error: null",
        "format: hdf5, dataset: \"a b\", columns: [\"a\\tb\", \"\", \"#\"]", "format: csv, delimiter: \"\\x7f\"",
        "format: csv, separator: \"'\", header: from_first_file, support_multi_line: true, columns: [x]",
        "format: csv, dtypes: {\"\": str, b: bool, \"a: b\": category}", "partition_format: \"{a: }/\\\"/#\"",
        "format: delimited, delimiter: '#', include_path_column: true"}) {
    const RunConfig config = read(place, with_inputs(input(keys)));
    const RunConfig again = read(place, text_of(config));
    EXPECT_EQ(again.inputs, config.inputs) << text_of(config);
    EXPECT_EQ(again.parallel, config.parallel);
    EXPECT_EQ(run_config_of(to_bytes(config)), config);
  }
}

}  // namespace
}  // namespace prs::test
