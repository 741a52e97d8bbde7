#include "report/error_report.hpp"

#include <gtest/gtest.h>

namespace prs {
namespace {

ErrorCatalog some_errors() {
  ErrorCatalog errors;
  errors.add({"Timeout", "run() took longer than 60 s", ""});
  for (int i = 0; i < 12; ++i)
    errors.add({"ValueError", "bad digit '" + std::to_string(i) + "'",
                "Traceback (most recent call last):\n  File \"digits.py\", line 7, in run\n\nValueError: bad digit\n"});
  return errors;
}

TEST(ErrorReport, CausesNameTheErrorAndHowManyTriesItCost) {
  EXPECT_EQ(frequent_causes(some_errors(), 3),
            (std::vector<std::string>{"ValueError: bad digit '0' and alike (12 tries)",
                                      "Timeout: run() took longer than 60 s (1 try)"}));
  EXPECT_EQ(frequent_causes(some_errors(), 1).size(), 1u);
  EXPECT_TRUE(frequent_causes(ErrorCatalog{}, 3).empty());
}

TEST(ErrorReport, ACauseIsOneShortLine) {
  EXPECT_EQ(failure_line({"E", "", "d"}), "E");
  EXPECT_EQ(failure_line({"", "message", ""}), "message");
  EXPECT_EQ(failure_line({"E", "E: message", ""}), "E: message");
  EXPECT_EQ(failure_line({"E", "a\nb\xff", ""}), "E: a b\\xff");
  EXPECT_EQ(failure_line({"E", std::string(5000, 'x'), ""}).size(), 200u);
}

TEST(ErrorReport, ErrorsAreGroupedMostFrequentFirst) {
  EXPECT_EQ(job_error_text(some_errors()),
            "13 failed tries, 2 kinds of errors, most frequent first.\n"
            "Texts that differ only in numbers, addresses, paths or quoted text are of one kind; shown is the first of "
            "each; failed_items.csv and processed_mini-batches.csv have each try's own.\n"
            "\n"
            "1. 12 tries, first: ValueError: bad digit '0'\n"
            "    Traceback (most recent call last):\n"
            "      File \"digits.py\", line 7, in run\n"
            "\n"
            "    ValueError: bad digit\n"
            "\n"
            "2. 1 try: Timeout: run() took longer than 60 s\n");
}

TEST(ErrorReport, ShortReturnsAreACauseAmongTheOthers) {
  const BesideTries beside{12, 18, {}};
  const std::string text = "ShortReturn: run() returned fewer rows than items (12 mini-batches, 18 items)";
  EXPECT_EQ(frequent_causes(ErrorCatalog{}, 3, beside), (std::vector<std::string>{text}));
  EXPECT_EQ(frequent_causes(some_errors(), 3, beside)[1], text);
  EXPECT_EQ(frequent_causes(some_errors(), 3, {13, 13, {}})[0].substr(0, 11), "ShortReturn");
  EXPECT_EQ(frequent_causes(some_errors(), 1, beside).size(), 1u);
  EXPECT_EQ(job_error_text(ErrorCatalog{}, beside),
            text +
                "\n    Such a mini-batch is done and not tried again; failed_items.csv lists its items.\n\n"
                "No try failed.\n");
}

TEST(ErrorReport, AFailureOfInitIsNoFailedTry) {
  const BesideTries beside{0, 0, Failure{"ImportError", "no module x", "Traceback\n"}};
  EXPECT_EQ(job_error_text(ErrorCatalog{}, beside),
            "init() failed; the first failure for which a worker gave up:\n  ImportError: no module x\n    Traceback\n"
            "\nNo try failed.\n");
}

TEST(ErrorReport, NoErrorIsSaidToo) {
  EXPECT_EQ(job_error_text(ErrorCatalog{}), "No try failed: there are no script errors.\n");
}

}  // namespace
}  // namespace prs
