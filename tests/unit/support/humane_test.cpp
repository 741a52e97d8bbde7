#include "support/humane.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace prs {
namespace {

TEST(Humane, GroupsDigitsFromFiveOn) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(9999), "9999");
  EXPECT_EQ(grouped(12345), "12 345");
  EXPECT_EQ(grouped(123456), "123 456");
  EXPECT_EQ(grouped(1234567), "1 234 567");
  EXPECT_EQ(grouped(std::numeric_limits<std::uint64_t>::max()), "18 446 744 073 709 551 615");
}

TEST(Humane, CountsOneInTheSingular) {
  EXPECT_EQ(counted(1, "try", "tries"), "1 try");
  EXPECT_EQ(counted(0, "try", "tries"), "0 tries");
  EXPECT_EQ(counted(12000, "try", "tries"), "12 000 tries");
}

TEST(Humane, RatesChooseTheirUnit) {
  EXPECT_EQ(humane_rate(0), "0/s");
  EXPECT_EQ(humane_rate(std::nan("")), "0/s");
  EXPECT_EQ(humane_rate(12345.4), "12 345/s");
  EXPECT_EQ(humane_rate(9.96), "10/s");
  EXPECT_EQ(humane_rate(3.44), "3.4/s");
  EXPECT_EQ(humane_rate(0.4), "24/min");
  EXPECT_EQ(humane_rate(0.05), "3.0/min");
  EXPECT_EQ(humane_rate(0.005), "18/h");
  EXPECT_EQ(humane_rate(1e300), "1e15/s");
}

TEST(Humane, BytesChooseTheirUnit) {
  EXPECT_EQ(humane_bytes(512), "512 B");
  EXPECT_EQ(humane_bytes(1'500'000'000), "1.4 GiB");
}

TEST(Humane, DurationsChooseTheirUnitsAndNeverSaySixty) {
  EXPECT_EQ(humane_duration(-1), "0.0 s");
  EXPECT_EQ(humane_duration(0.26), "0.3 s");
  EXPECT_EQ(humane_duration(9.94), "9.9 s");
  EXPECT_EQ(humane_duration(9.96), "10 s");
  EXPECT_EQ(humane_duration(59.4), "59 s");
  EXPECT_EQ(humane_duration(59.6), "1 min");
  EXPECT_EQ(humane_duration(200), "3 min 20 s");
  EXPECT_EQ(humane_duration(3599.7), "1 h");
  EXPECT_EQ(humane_duration(7500), "2 h 5 min");
  EXPECT_EQ(humane_duration(86399), "1 d");
  EXPECT_EQ(humane_duration(3 * 86400 + 4 * 3600), "3 d 4 h");
  EXPECT_EQ(humane_duration(std::nan("")), "unknown");
  EXPECT_EQ(humane_duration(std::numeric_limits<double>::infinity()), "over 90 years");
}

TEST(Humane, HundredPercentMeansAll) {
  EXPECT_EQ(humane_percent(0, 1797), "0.0 %");
  EXPECT_EQ(humane_percent(1234, 1797), "68.6 %");
  EXPECT_EQ(humane_percent(999999, 1000000), "99.9 %");
  EXPECT_EQ(humane_percent(1000000, 1000000), "100 %");
  EXPECT_EQ(humane_percent(0, 0), "100 %");
}

TEST(Humane, TimesAreIsoInUtc) {
  EXPECT_EQ(utc_time(1772366400125999999, true), "2026-03-01T12:00:00.125Z");
  EXPECT_EQ(utc_time(1772366400125999999, false), "2026-03-01T12:00:00Z");
  EXPECT_EQ(utc_time(951782400000000000, false), "2000-02-29T00:00:00Z");
  EXPECT_EQ(utc_time(-1, true), "1969-12-31T23:59:59.999Z");
}

}  // namespace
}  // namespace prs
