#include "runtime/gates/metrics_text.h"

#include "runtime/gates/signal.h"
#include "tests/support/catch.h"

namespace upgraph::gates {
namespace {

const std::string kText =
    "# HELP edge_queue Waiting.\n"
    "# TYPE edge_queue gauge\n"
    "edge_queue 3\n"
    "edge_queue_total{shard=\"1\",path=\"/a,b}\\\"c\"} 4 1700000000000\n"
    "edge_queue_total{shard=\"2\", path=\"/\",} 5.5\n"
    "lost NaN\n"
    "most +Inf\n"
    "broken{a=\"b\n"
    "last{} -1e3";

TEST_CASE("a metric is the sum of the samples that its labels match") {
  CHECK(FindMetric(kText, "edge_queue").value() == 3);
  CHECK(FindMetric(kText, "edge_queue_total").value() == 9.5);
  CHECK(FindMetric(kText, "edge_queue_total{shard=\"1\"}").value() == 4);
  CHECK(FindMetric(kText, "edge_queue_total{path=\"/a,b}\\\"c\", shard=\"1\"}").value() == 4);
  CHECK(FindMetric(kText, "last").value() == -1000);
}

TEST_CASE("a metric that is not there, or is no number, is missing") {
  for (const char* name : {"edge", "edge_queue_total{shard=\"3\"}", "edge_queue{shard=\"1\"}",
                           "lost", "most", "broken", ""}) {
    INFO(name);
    CHECK_FALSE(FindMetric(kText, name).ok());
  }
  CHECK(FindMetric(kText, "edge_queue{shard=1}").error().kind == ErrorKind::kInvalid);
  CHECK(FindMetric(kText, "edge_queue} ").error().kind != ErrorKind::kInvalid);
}

TEST_CASE("what a command prints is read as the signal's type") {
  using plan::ValueKind;
  CHECK(ParseReading(ValueKind::kFloat, " 0.25\n").value().number == 0.25);
  CHECK(ParseReading(ValueKind::kPercent, "2.5%").value().number == 2.5);
  CHECK(ParseReading(ValueKind::kDuration, "250ms").value().number == 250);
  CHECK(ParseReading(ValueKind::kDuration, "1.5").value().number == 1500);
  CHECK(ParseReading(ValueKind::kDuration, "2s").value().number == 2000);
  CHECK(ParseReading(ValueKind::kBool, "true").value().number == 1);
  CHECK(ParseReading(ValueKind::kString, "active\n").value().text == "active");
  for (const char* text : {"", "x", "1 2", "inf", "0x10", "2m"}) {
    INFO(text);
    CHECK_FALSE(ParseReading(ValueKind::kDuration, text).ok());
  }
  CHECK_FALSE(ParseReading(ValueKind::kBool, "2").ok());
}

}  // namespace
}  // namespace upgraph::gates
