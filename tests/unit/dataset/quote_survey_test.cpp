// The state at the first byte of each mini-batch, from scans of shares in any order: what one scan of the whole file
// gives (rule 3.3).
#include "dataset/quote_survey.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <numeric>
#include <random>
#include <stdexcept>

#include "dataset/quote_scan.hpp"
#include "dataset/text_source.hpp"
#include "file_tree.hpp"
#include "random_text.hpp"

namespace prs {
namespace {

using test::FileTree;

const RecordRules rules{.has_line_breaks_in_quotes = true};

TableOptions multi_line(TextEncoding encoding = TextEncoding::utf8) {
  TableOptions options;
  options.support_multi_line = true;
  options.encoding = encoding;
  return options;
}

std::string write(const FileTree& tree, const std::string& name, const std::string& bytes) {
  std::ofstream(tree.path(name), std::ios::binary) << bytes;
  return tree.path(name);
}

TablePlan plan_of(const std::vector<TableInput>& inputs, std::uint64_t mini_batch_bytes) {
  return TablePlan::make(inputs, {.mini_batch_bytes = mini_batch_bytes});
}

/// As a loader answers.
std::string scanned(const QuoteSurvey& survey, std::size_t share, const TableOptions& options) {
  ScannedPieces found;
  for (const TablePiece& piece : survey.share(share).pieces) try {
      found.steps.push_back(scan_quotes(piece, options, survey.step_bytes(), [] {}));
    } catch (const PieceError& error) {
      found.problem = error.text;
      found.steps.emplace_back();
    }
  return to_bytes(found);
}

void survey_all(QuoteSurvey& survey, const TableOptions& options, std::mt19937& random) {
  std::vector<std::size_t> order(survey.shares());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::shuffle(order.begin(), order.end(), random);
  for (const std::size_t share : order) {
    EXPECT_FALSE(survey.is_over());
    survey.take(share, scanned(survey, share, options));
  }
  EXPECT_TRUE(survey.is_over());
  EXPECT_EQ(survey.taken_bytes(), survey.bytes());
}

std::uint8_t state_behind(std::string_view text) {
  RecordScanner scanner(rules);
  scanner.scan(text);
  return static_cast<std::uint8_t>(scanner.state());
}

std::uint8_t state_of(const TablePlan& plan, std::uint64_t index) {
  return std::get<TableItems>(plan.items_of({index})).pieces.front().quote_state;
}

}  // namespace

TEST(QuoteSurvey, FindsTheStateAtEachMiniBatchAsAScanOfTheWholeDoes) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    const FileTree tree;
    std::vector<std::string> texts, paths;
    for (std::size_t i = 0; i < 1 + random() % 4; ++i) {
      texts.push_back("h" + test::random_table_text(random, 60));
      paths.push_back(write(tree, std::to_string(i), texts.back()));
    }
    const std::uint64_t bytes = 1 + random() % (round % 2 == 0 ? 3 : 70);
    TablePlan plan = plan_of({{{"t", paths}, multi_line()}}, bytes);
    QuoteSurvey survey(plan);
    survey_all(survey, multi_line(), random);
    std::uint64_t index = 0;
    for (const std::string& text : texts)
      for (std::uint64_t begin = 0; begin < text.size(); begin += bytes)
        EXPECT_EQ(state_of(plan, index++), state_behind(std::string_view(text).substr(0, begin))) << text << begin;
    EXPECT_EQ(index, plan.mini_batch_count());
    EXPECT_FALSE(survey.has_unknown());
  }
}

TEST(QuoteSurvey, CountsUtf16InCodeUnitsAndNoByteOrderMark) {
  std::mt19937 random(3);
  for (int round = 0; round < 100; ++round) {
    const FileTree tree;
    std::string text = "a";
    for (int i = 0; i < 40; ++i) text += ",\"\n\rx "[random() % 6];
    std::string bytes = "\xff\xfe";
    for (const char unit : text) (bytes += unit) += '\0';
    bytes += "\x22\x22";  // one character of Chinese, and no quotes
    const std::uint64_t step = 1 + random() % 9;
    TablePlan plan = plan_of({{{"t", {write(tree, "t", bytes)}}, multi_line(TextEncoding::utf16)}}, step);
    QuoteSurvey survey(plan);
    survey_all(survey, multi_line(TextEncoding::utf16), random);
    for (std::uint64_t i = 1; i < plan.mini_batch_count(); ++i) {
      const std::uint64_t begin = std::max<std::uint64_t>(i * step + i * step % 2, 2);
      if ((begin - 2) / 2 > text.size()) continue;
      EXPECT_EQ(state_of(plan, i), state_behind(std::string_view(text).substr(0, (begin - 2) / 2))) << i;
    }
  }
}

TEST(QuoteSurvey, SharesAreNotMuchLargerThanTheyMustBeHoweverFilesAreCut) {
  for (const std::uint64_t step : std::array<std::uint64_t, 4>{1000U << 20, 1U << 20, 100U << 10, 100}) {
    const FileTree tree;
    std::vector<std::string> paths;
    for (const std::uint64_t size : std::array<std::uint64_t, 4>{step, 3 * step + 1, 200U << 10, 300U << 20}) {
      if (size / step > 4'000'000) continue;
      paths.push_back(write(tree, std::to_string(paths.size()), ""));
      ASSERT_EQ(::truncate(paths.back().c_str(), static_cast<off_t>(size)), 0);
    }
    TablePlan plan = plan_of({{{"t", paths}, multi_line()}}, step);
    const QuoteSurvey survey(plan);
    std::uint64_t total = 0;
    for (std::size_t share = 0; share < survey.shares(); ++share) {
      std::uint64_t bytes = 0, steps = 0;
      for (const TablePiece& piece : survey.share(share).pieces) {
        bytes += piece.end - piece.begin;
        steps += step_count(piece.begin, piece.end, step);
      }
      EXPECT_LE(bytes, 64U << 20);
      EXPECT_LE(steps, 1U << 16);
      total += bytes;
    }
    EXPECT_EQ(total, survey.bytes());
  }
}

TEST(QuoteSurvey, OnlyWhatHasToBeKnownIsScanned) {
  const FileTree tree;
  const std::string cut = write(tree, "a", std::string(25, 'x')), whole = write(tree, "b", "x");
  TableOptions lines;
  TablePlan plan = plan_of({{{"lines", {cut}}, lines}, {{"multi", {cut, whole}}, multi_line()}}, 10);
  const QuoteSurvey survey(plan);
  ASSERT_EQ(survey.shares(), 1u);
  EXPECT_EQ(survey.share(0), (TableItems{1, {{cut, 0, 20, 0}}})) << "not behind the beginning of the last mini-batch";
  const QuoteSurvey up_to_the_second(plan, MiniBatchIndex{4});
  EXPECT_EQ(up_to_the_second.share(0), (TableItems{1, {{cut, 0, 10, 0}}}));
  EXPECT_TRUE(QuoteSurvey(plan, MiniBatchIndex{3}).is_over()) << "the first one of a file begins with a record";
  EXPECT_TRUE(QuoteSurvey(plan, MiniBatchIndex{1}).is_over());
  TablePlan without = plan_of({{{"lines", {cut}}, lines}}, 10);
  EXPECT_TRUE(QuoteSurvey(without).is_over());
}

TEST(QuoteSurvey, WhatFollowsAPlaceThatCannotBeReadIsUnknownAndOtherFilesAreNot) {
  const FileTree tree;
  const std::string first = write(tree, "a", "x,\"\n\n\n\n\n\"\n"), second = write(tree, "b", "yyyyyy\"\n\n\n\n\"\n");
  TablePlan plan = plan_of({{{"t", {first, second}}, multi_line()}}, 4);
  ASSERT_EQ(::truncate(first.c_str(), 5), 0);
  QuoteSurvey survey(plan);
  ASSERT_EQ(survey.shares(), 1u);
  EXPECT_NE(survey.take(0, scanned(survey, 0, multi_line())), "");
  EXPECT_TRUE(survey.is_over());
  EXPECT_TRUE(survey.has_unknown());
  EXPECT_EQ(state_of(plan, 0), 0);
  EXPECT_EQ(state_of(plan, 1), unknown_quote_state);
  EXPECT_EQ(state_of(plan, 2), unknown_quote_state);
  EXPECT_EQ(state_of(plan, 4), static_cast<std::uint8_t>(RecordState::in_field));
}

TEST(QuoteSurvey, AnAnswerThatIsNoneMakesTheFilesOfItsShareUnknown) {
  const FileTree tree;
  TablePlan plan = plan_of({{{"t", {write(tree, "a", "0123456789")}}, multi_line()}}, 4);
  for (const std::string& answer :
       {std::string("junk"), to_bytes(ScannedPieces{}), to_bytes(ScannedPieces{"", {{{}}}})}) {
    QuoteSurvey survey(plan);
    survey.take(0, answer);
    EXPECT_TRUE(survey.is_over());
    EXPECT_EQ(state_of(plan, 1), unknown_quote_state);
  }
}

TEST(QuoteScan, PiecesComeBackAsTheyWere) {
  RecordTransition quote;
  quote.extend(rules, "\"");
  const ScannedPieces some{"why", {{{}, quote}, {}, {quote.then(quote)}}};
  const std::string bytes = to_bytes(some);
  EXPECT_EQ(scanned_pieces_of(bytes), some);
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_THROW(scanned_pieces_of(std::string_view(bytes).substr(0, size)), std::out_of_range) << size;
  EXPECT_THROW(scanned_pieces_of(bytes + '\0'), std::out_of_range);
  EXPECT_THROW(RecordTransition::of_bits(7), std::out_of_range) << "there is no such state";
  EXPECT_THROW(RecordTransition::of_bits(1U << 21), std::out_of_range);
}

}  // namespace prs
