// MLTable files: what they say becomes the input that a config could say itself, what is not supported is refused by
// name, and no file makes the reader crash, hang or eat memory (rules 2.6, 3.2).
#include <sys/stat.h>

#include "config_test_support.hpp"

namespace prs::test {
namespace {

constexpr const char* config_text =
    "inputs: [{name: a, path: table, type: mltable}]\noutput: out\n"
    "parallel_run_config: {entry_script: scripts/digits.py, error_threshold: 10, output_action: append_row}\n";

InputConfig input_of(const Workplace& place, const std::string& mltable) {
  place.write("table/MLTable", mltable);
  return read(place, config_text).inputs.at(0);
}

std::string mistakes(const Workplace& place, const std::string& mltable) {
  place.write("table/MLTable", mltable);
  return mistakes_of_reading(place, config_text);
}

const std::string one_path = "paths:\n  - file: ./x.csv\n";

std::string with_steps(const std::string& steps) {
  return one_path + "transformations:\n" + steps;
}

/// With steps behind a read_delimited, indented as they stand.
std::string behind_reading(const std::string& steps) {
  return with_steps("  - read_delimited: {}\n" + steps);
}

TEST(MLTables, OfTheReferenceAreRead) {
  const Workplace place;
  const InputConfig input = input_of(place, R"($schema: https://azuremlschemas.azureedge.net/latest/MLTable.schema.json
type: mltable
paths:
  - pattern: ./**/*.csv
  - folder: ../data
  - file: /abs/x.csv
transformations:
  - read_delimited:
      delimiter: ';'
      encoding: ascii
      header: all_files_different_headers
      empty_as_string: false
      support_multi_line: true
      include_path_column: true
      infer_column_types: true
      path_column: Path
      partition_size: 20971520
  - drop_columns: ["store_and_fwd_flag"]
  - convert_column_types:
      - columns: [pickup, dropoff]
        column_type:
          datetime:
            formats: ['%Y-%m-%d %H:%M:%S']
      - columns: count
        column_type: int
      - {columns: fare, column_type: float}
      - {columns: name, column_type: string}
      - {columns: is_late, column_type: boolean}
  - extract_columns_from_partition_format: '{state}/{day:yyyy/MM/dd}'
)");
  TableOptions expected;
  expected.delimiter = ';';
  expected.encoding = TextEncoding::ascii;
  expected.header = HeaderMode::all_files_different_headers;
  expected.support_multi_line = expected.include_path_column = true;
  expected.dropped_columns = {"store_and_fwd_flag"};
  expected.dtypes = {{"pickup", "datetime64[ns]"},
                     {"dropoff", "datetime64[ns]"},
                     {"count", "int64"},
                     {"fare", "float64"},
                     {"name", "str"},
                     {"is_late", "bool"}};
  EXPECT_EQ(input.table, expected);
  EXPECT_EQ(input.paths, (std::vector<std::string>{place.path("table/**/*.csv"), place.path("data"), "/abs/x.csv"}));
  EXPECT_EQ(input.partition_format, "{state}/{day:yyyy/MM/dd}");
  EXPECT_EQ(input.mltable, place.path("table/MLTable"));
  EXPECT_TRUE(input.keeps_order_of_paths());
}

TEST(MLTables, AreNamedByFolderOrFileAndByTypeOrFormat) {
  const Workplace place;
  place.write("table/MLTable", with_steps("  - read_parquet:\n"));
  for (const char* path : {"table", "table/", "table/MLTable"})
    for (const char* kind : {"type: mltable", "format: mltable", "type: mltable, format: mltable"}) {
      const std::string text = std::string(config_text);
      const std::size_t at = text.find("table, type: mltable");
      const InputConfig input =
          read(place, text.substr(0, at) + path + ", " + kind + text.substr(at + 20)).inputs.at(0);
      EXPECT_EQ(input.table.value().format, TableFormat::parquet);
      EXPECT_EQ(input.paths, std::vector<std::string>{place.path("table/x.csv")});
    }
}

TEST(MLTables, WithoutAReadingStepAreFiles) {
  const Workplace place;
  EXPECT_FALSE(input_of(place, one_path).table);
  const InputConfig input =
      input_of(place, with_steps("  - extract_columns_from_partition_format: {partition_format: '{a}/*'}\n"));
  EXPECT_FALSE(input.table);
  EXPECT_EQ(input.partition_format, "{a}/*");
}

TEST(MLTables, ReadEachFormat) {
  const Workplace place;
  EXPECT_EQ(
      input_of(place, with_steps("  - read_json_lines: {encoding: latin1, invalid_lines: error}\n")).table->encoding,
      TextEncoding::latin1);
  EXPECT_EQ(input_of(place, with_steps("  - read_json_lines:\n")).table->format, TableFormat::json_lines);
  EXPECT_EQ(input_of(place, with_steps("  - read_delimited: {header: null}\n")).table, TableOptions{});
}

TEST(MLTables, KeepAndDropColumnsInTheOrderOfTheSteps) {
  const Workplace place;
  const auto columns = [&](const std::string& steps) {
    const InputConfig input = input_of(place, behind_reading(steps));
    std::string text;
    for (const std::string& column : input.table->columns) text += column;
    text += "-";
    for (const std::string& column : input.table->dropped_columns) text += column;
    return text;
  };
  EXPECT_EQ(columns("  - keep_columns: [a, b, c]\n  - drop_columns: b\n"), "ac-");
  EXPECT_EQ(columns("  - drop_columns: [b]\n  - drop_columns: [b, c]\n"), "-bc");
  EXPECT_EQ(columns("  - drop_columns: [b]\n  - keep_columns: [c, a]\n"), "ca-");
  EXPECT_EQ(columns("  - keep_columns: [a, b]\n  - keep_columns: b\n"), "b-");
  for (const char* steps :
       {"  - drop_columns: [a]\n  - keep_columns: [a]\n", "  - keep_columns: []\n",
        "  - keep_columns: [a]\n  - keep_columns: [b]\n", "  - keep_columns: [a]\n  - drop_columns: [a]\n"})
    EXPECT_NE(mistakes(place, behind_reading(steps)), "") << steps;
}

TEST(MLTables, TakeTheLastTypeOfAColumn) {
  const Workplace place;
  const std::string steps =
      "  - convert_column_types: [{columns: [a, b], column_type: int}]\n"
      "  - convert_column_types: [{columns: a, column_type: float}]\n";
  EXPECT_EQ(input_of(place, behind_reading(steps)).table->dtypes,
            (std::vector<std::pair<std::string, std::string>>{{"b", "int64"}, {"a", "float64"}}));
}

TEST(MLTables, RefuseByNameWhatIsNotSupported) {
  const Workplace place;
  const std::vector<std::pair<std::string, std::string>> cases = {
      {with_steps("  - read_delta_lake: {}\n"), "table/MLTable:4:5: the step 'read_delta_lake' is not supported"},
      {behind_reading("  - take: 5\n"), "table/MLTable:5:5: the step 'take' is not supported by this version"},
      {behind_reading("  - filter: col('a') > 1\n"), "the step 'filter' is not supported"},
      {with_steps("  - read_delimited: {comment: x}\n"),
       "table/MLTable:4:22: the key 'comment' in read_delimited is not supported by this version; allowed: delimiter"},
      {with_steps("  - read_parquet: {delimiter: ','}\n"), "the key 'delimiter' in read_parquet is not supported"},
      {with_steps("  - read_delimited: {infer_column_types: false}\n"),
       "read_delimited.infer_column_types is 'false', which is not supported by this version; allowed: true"},
      {with_steps("  - read_json_lines: {invalid_lines: drop}\n"), "invalid_lines is 'drop', which is not supported"},
      {behind_reading("  - convert_column_types: [{columns: a, column_type: stream_info}]\n"), "'stream_info'"},
      {behind_reading("  - convert_column_types: [{columns: a, column_type: {datetime: {formats: ['%d.%m.%Y']}}}]\n"),
       "the form of a date '%d.%m.%Y' is not supported"},
      {behind_reading("  - convert_column_types: [{columns: a, column_type: {boolean: {true_values: [x]}}}]\n"),
       "the key 'true_values' of the type boolean is not supported"}};
  for (const auto& [text, expected] : cases)
    EXPECT_NE(mistakes(place, text).find(expected), std::string::npos) << mistakes(place, text);
}

TEST(MLTables, ReportEveryMistakeWithItsPlace) {
  const Workplace place;
  EXPECT_EQ(mistakes(place,
                     "path: x\npaths:\n  - fil: x\n  - file: [x]\n  - x\ntransformations:\n  - read_delimited: "
                     "{delimiter: ''}\n  - read_parquet: {}\n"),
            "table/MLTable:1:1: unknown key 'path' in an MLTable file; did you mean 'paths'?\n"
            "table/MLTable:3:5: paths, item 1 has the key 'fil'; did you mean 'file'?\n"
            "table/MLTable:4:11: paths, item 2: file is a list; allowed: a path\n"
            "table/MLTable:5:5: paths, item 3, is 'x'; allowed: one of file:, folder: and pattern: with a path\n"
            "table/MLTable:7:33: read_delimited.delimiter is ''; allowed: one character below 0x80 but a quote or "
            "line break, or tab, comma, semicolon, space or pipe\n"
            "table/MLTable:8:5: read_parquet is a second read_ step; allowed: one");
  for (const std::string& text :
       {std::string("paths: []\n"), std::string("paths: x\n"), std::string("x: 1\n"), std::string(""),
        std::string("[a]\n"), with_steps("  - keep_columns: [a]\n"), with_steps("  read_delimited: {}\n"),
        with_steps("  - read_delimited\n"), with_steps("  - {read_delimited: {}, keep_columns: a}\n"),
        one_path + "transformations: x\n", behind_reading("  - convert_column_types: [{columns: a}]\n"),
        behind_reading("  - convert_column_types: {columns: a, column_type: int}\n"),
        behind_reading("  - extract_columns_from_partition_format: '{a'\n"),
        std::string("paths: [{file: 'azureml://x/y'}]\n")})
    EXPECT_NE(mistakes(place, text), "") << text;
}

TEST(MLTables, AllowNoOtherKeysOfTheInput) {
  const Workplace place;
  place.write("table/MLTable", behind_reading(""));
  std::string text = config_text;
  text.insert(text.find("type: mltable"), "columns: [a], ");
  EXPECT_EQ(mistakes_of_reading(place, text),
            "c.yaml:1:33: the key 'columns' in input 1 does not fit an MLTable, whose file says what it is; remove it");
  const auto with_path = [](const std::string& path) {
    std::string changed = config_text;
    return changed.replace(changed.find("table,"), 5, path);
  };
  EXPECT_EQ(mistakes_of_reading(place, with_path("[table, data]")),
            "c.yaml:1:26: input 1: path is a list; allowed: an MLTable file, or the folder that it lies in");
  EXPECT_NE(mistakes_of_reading(place, with_path("data")).find("there is no file '" + place.path("data/MLTable")),
            std::string::npos);
  ASSERT_EQ(::mkfifo("pipe", 0600), 0);
  EXPECT_NE(mistakes_of_reading(place, with_path("pipe")).find("there is no file"), std::string::npos);
  EXPECT_EQ(mistakes_of_reading(place, with_path("'s3://x/y'")).find('\n'), std::string::npos) << "one mistake";
}

TEST(MLTables, AreOfTheSameTypeAsTheOtherInputs) {
  const Workplace place;
  place.write("table/MLTable", behind_reading(""));
  std::string text = config_text;
  text.insert(text.find("]\noutput"), ", {name: b, path: data}");
  EXPECT_NE(mistakes_of_reading(place, text).find("input 2 is files, and input 1 is a table"), std::string::npos);
  place.write("table/MLTable", one_path);
  EXPECT_EQ(mistakes_of_reading(place, text), "");
}

TEST(MLTables, AreShownAsWhatWasReadAndLoadAgain) {
  const Workplace place;
  place.write("table/MLTable", behind_reading("  - drop_columns: [a]\n"));
  const RunConfig config = read(place, config_text);
  const std::string text = text_of(config);
  for (const char* expected : {"    type: mltable\n", "    # type: tabular\n", "    # format: delimited\n",
                               "    # delimiter: \",\"\n", "    # without the columns [\"a\"]\n"})
    EXPECT_NE(text.find(expected), std::string::npos) << text;
  place.write("elsewhere/text.yaml", text);
  EXPECT_EQ(read_run_config("elsewhere/text.yaml").inputs, config.inputs) << text;
  EXPECT_EQ(run_config_of(to_bytes(config)), config);
}

std::string repeated(const std::string& text, std::size_t times) {
  std::string many;
  for (std::size_t i = 0; i < times; ++i) many += text;
  return many;
}

std::string many_names(std::size_t count) {
  std::string names;
  for (std::size_t i = 0; i < count; ++i) names += (i == 0 ? "[n" : ", n") + std::to_string(i);
  return names + "]";
}

TEST(HostileMLTables, AreRefusedAndCostLittle) {
  const Workplace place;
  const std::string bomb =
      "a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
      "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n"
      "e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\n";
  const std::string names = many_names(60'000);
  for (const std::string& text :
       {bomb, std::string("\xff\xfe\0a", 4), std::string("paths: \x01"), repeated("[", 100'000),
        repeated("- ", 100'000), one_path + "transformations: [" + repeated("{take: 1},", 60'000) + "]",
        one_path + "transformations: [" + repeated("{x: 1},", 100) + "]", std::string("paths: &a [*a]\n"),
        "paths: [" + repeated("{fle: x},", 60'000) + "]",
        behind_reading("  - keep_columns: " + names + "\n  - keep_columns: [x]\n"),
        behind_reading("  - convert_column_types: [{columns: " + names + ", column_type: int65}]\n")})
    EXPECT_NE(mistakes(place, text), "") << text.substr(0, 60);
  EXPECT_EQ(mistakes(place, behind_reading("  - keep_columns: " + names +
                                           "\n  - drop_columns: [n1]\n"
                                           "  - convert_column_types: [{columns: " +
                                           names + ", column_type: int}]\n")),
            "");
}

TEST(HostileMLTables, NamedByManyInputsHaveAnEnd) {
  const Workplace place;
  place.write("table/MLTable", one_path + "#" + std::string(5u << 20, 'x') + "\n");
  std::string inputs;
  for (int i = 0; i < 500; ++i) inputs += "  - {name: n" + std::to_string(i) + ", path: table, type: mltable}\n";
  const std::string text = std::string(config_text);
  const std::string mistakes = mistakes_of_reading(place, "inputs:\n" + inputs + text.substr(text.find("output")));
  EXPECT_NE(
      mistakes.find(
          "c.yaml:5:22: input 4: path is 'table', and all files that a configuration names have more than 16 MiB"),
      std::string::npos)
      << mistakes.substr(0, 300);
}

TEST(HostileMLTables, CutAtEveryByteNeverCrashTheReader) {
  const Workplace place;
  const std::string text = behind_reading(
      "  - keep_columns: [a]\n  - convert_column_types: [{columns: a, column_type: "
      "{datetime: {formats: ['%Y-%m-%d']}}}]\n");
  for (std::size_t size = 0; size < text.size(); ++size) mistakes(place, text.substr(0, size));
  EXPECT_EQ(mistakes(place, text), "");
}

}  // namespace
}  // namespace prs::test
