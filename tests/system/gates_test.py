"""Gates against a real HTTP server: they hold, fail, miss, are killed; baselines are taken first."""

import http.server
import json
import os
import threading
import unittest
import urllib.parse

import box

SPEC = """\
import std.files
import std.http
import std.telemetry

product box {
  versions   semver
  installed  files.first_line("/etc/box/release")
  releases   v1.0.0, v2.0.0
}

let prom = telemetry.prometheus("http://127.0.0.1:PORT")

signal depth(name: String) : Int {
  command ["/usr/lib/box/depth", name]
}

upgrade v1.0 ..< v2.0 -> v2.0.0 {
  window    1h
  downtime  5m
  switch {
    files.install("payload/release", to: "/etc/box/release")
  }
  verify {
    gate edge for 1s, every 100ms, baseline 300ms, missing MISSING, tolerates TOLERATES {
      http.code("http://127.0.0.1:PORT/health") == 200
      http.number("http://127.0.0.1:PORT/stats", at: "/queue/0/length") <= 1.5 * baseline + 2
      telemetry.metric("http://127.0.0.1:PORT/metrics", 'errors_total{shard="1"}') <= baseline
      prom.p99("edge") <= 1.1 * baseline
      prom.share("retries") <= baseline + 1%
      http.latency("http://127.0.0.1:PORT/health") < 5s
      depth("in") < 5
      files.exists("/etc/box/release") == true
    }
  }
}
"""

METRICS = """\
# HELP errors_total Errors.
# TYPE errors_total counter
errors_total{shard="1",code="500"} %d
errors_total{shard="2"} 1000
"""


class Server(http.server.ThreadingHTTPServer):
    """Answers as `self.values` say; what a test changes there is seen by the next request."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.values = {"code": 200, "queue": 10, "errors": 7, "p99": 0.2, "retries": 0.02}
        self.queries = []
        self.on_request = lambda path: None
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        url = urllib.parse.urlparse(self.path)
        self.server.on_request(url.path)
        values = self.server.values
        if url.path == "/health":
            self.answer(values["code"], "ok")
        elif url.path == "/stats":
            self.answer(200, json.dumps({"queue": [{"length": values["queue"]}]}))
        elif url.path == "/metrics":
            self.answer(200, METRICS % values["errors"])
        elif url.path == "/api/v1/query":
            query = urllib.parse.parse_qs(url.query)["query"][0]
            self.server.queries.append(query)
            value = values["p99"] if "quantile" in query else values["retries"]
            result = [] if value is None else [{"metric": {}, "value": [1, str(value)]}]
            self.answer(200, json.dumps({"status": "success",
                                         "data": {"resultType": "vector", "result": result}}))
        else:
            self.answer(404, "")

    def answer(self, code, text):
        body = text.encode()
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Gates(box.BoxTest):
    def setUp(self):
        super().setUp()
        self.server = Server()
        box.write(os.path.join(self.host, "usr/lib/box/depth"), "#!/bin/sh\necho 3\n", 0o755)
        self.write_spec()

    def tearDown(self):
        self.server.shutdown()
        self.server.server_close()
        super().tearDown()

    def write_spec(self, missing="fails", tolerates=0, spec=SPEC):
        box.write(self.spec, spec.replace("PORT", str(self.server.server_port))
                  .replace("MISSING", missing).replace("TOLERATES", str(tolerates)))

    def apply(self, code):
        result = self.run_program("apply", "box.upg", "--root", self.host, "--yes", "--foreground")
        self.assertEqual(result.code, code, result)
        return result.out + result.err

    def samples(self):
        runs = os.path.join(self.host, box.STATE, "runs")
        path = os.path.join(runs, sorted(os.listdir(runs))[-1], "samples.jsonl")
        with open(path, encoding="utf-8") as file:
            return [json.loads(line) for line in file]

    def after_switch(self, **values):
        """Changes what the server says as long as the host is at the new release."""
        good = dict(self.server.values)

        def change(_):
            self.server.values.update(values if self.release() == "2.0.0" else good)
        self.server.on_request = change

    def test_holds(self):
        self.after_switch(queue=17, p99=0.21, retries=0.029)
        self.apply(0)
        self.assertEqual(self.release(), "2.0.0")
        samples = self.samples()
        self.assertTrue(all(sample["holds"] for sample in samples), samples)
        self.assertGreaterEqual(len(samples), 8 * 5)
        self.assertLessEqual(len(samples), 8 * 11)
        readings = {sample["condition"].split("(")[0]: sample["reading"] for sample in samples}
        self.assertEqual((readings["http.number"], readings["telemetry.metric"],
                          readings["prom.share"], readings["depth"], readings["files.exists"]),
                         ("17", "7", "2.9%", "3", "true"))
        self.assertIn("avg_over_time((retries)[300ms:])", self.server.queries)
        self.assertIn('histogram_quantile(0.99, sum by (le) '
                      '(rate(http_request_duration_seconds_bucket{job="edge"}[300000ms])))',
                      self.server.queries)

    def report(self):
        """What a report says of the conditions, and its page."""
        told = self.run_program("report", "--root", self.host, "--format", "json")
        page = self.run_program("report", "--root", self.host)
        self.assertEqual((told.code, page.code), (0, 0), told)
        return {one["condition"].split("(")[0]: one
                for one in json.loads(told.out)["conditions"]}, page.out

    def test_a_report_says_what_a_gate_saw(self):
        self.after_switch(queue=18)
        self.apply(3)
        conditions, page = self.report()
        self.assertEqual(len(conditions), 8)
        samples = self.samples()
        for name, one in conditions.items():
            own = [s for s in samples if s["condition"].startswith(name + "(")]
            self.assertEqual((one["step"], one["samples"], one["held"], one["last"]),
                             (own[0]["step"], len(own), sum(s["holds"] for s in own),
                              own[-1]["reading"]))
        self.assertEqual((conditions["http.number"]["last_failed"], conditions["http.code"]["held"]),
                         ("18", conditions["http.code"]["samples"]))
        self.assertIn('<section id="gates">', page)

    def test_each_condition_turns_back(self):
        before = box.snapshot(self.host)
        for value, found in (({"code": 503}, "is 503, not == 200"),
                             ({"queue": 18}, "is 18, not <= 17"),
                             ({"errors": 8}, "is 8, not <= 7"),
                             ({"p99": 0.23}, "is 0.23, not <= 0.22"),
                             ({"retries": 0.031}, "is 3.1%, not <= 3%")):
            with self.subTest(found):
                good = dict(self.server.values)
                self.after_switch(**value)
                self.assertIn(found, self.apply(3))
                self.assertEqual(box.snapshot(self.host), before)
                self.server.on_request = lambda _: None
                self.server.values = good

    def test_missing(self):
        self.after_switch(p99=None)
        self.assertIn("is missing", self.apply(3))
        self.assertEqual(self.release(), "1.0.0")
        self.server.values["p99"] = 0.2
        self.write_spec(missing="passes")
        self.apply(0)
        self.assertEqual({sample["missing"] != "" for sample in self.samples()
                          if "p99" in sample["condition"]}, {True})

    def test_a_gate_that_waits_goes_on_for_what_it_missed(self):
        self.write_spec(missing="waits")
        gone = iter([None] * 3)
        def change(path):
            if self.release() == "2.0.0" and path == "/health":
                self.server.values["p99"] = next(gone, 0.2)
        self.server.on_request = change
        self.apply(0)
        p99 = [s for s in self.samples() if "p99" in s["condition"]]
        # /health is asked twice a sample, so one or two samples were without it.
        self.assertIn(sum(s["missing"] != "" for s in p99), (1, 2), p99)
        self.assertGreater(p99[-1]["wall_ms"] - p99[0]["wall_ms"], 1080)

    def test_a_gate_tolerates_what_it_says(self):
        self.write_spec(tolerates=1)
        codes = iter([200, 200, 503, 503])
        def change(path):
            if self.release() == "2.0.0" and path == "/health":
                self.server.values["code"] = next(codes, 200)
        self.server.on_request = change
        self.apply(0)
        self.assertEqual(sum(not sample["holds"] for sample in self.samples()
                             if sample["condition"].startswith("http.code")), 1)

    def test_without_a_baseline_nothing_is_touched(self):
        before = box.snapshot(self.host)
        self.server.values["p99"] = None
        self.assertIn("the baseline of", self.apply(5))
        self.assertEqual(box.snapshot(self.host), before)
        self.assertEqual(self.runs(), [])

    def test_killed_in_a_gate_it_starts_again(self):
        self.write_spec(spec=SPEC.replace("for 1s", "for 3s"))
        process = self.start_program("apply", "box.upg", "--root", self.host, "--yes")
        self.wait_until(lambda: self.runner_pid() is not None and self.release() == "2.0.0", "switch")
        self.wait_until(lambda: self.has_samples(3), "samples")
        self.kill_runner()
        process.communicate(timeout=30)
        killed_at = len(self.samples())
        self.server.values["queue"] = 17  # fits the baseline of the first runner alone
        result = self.run_program("resume", "--root", self.host, "--yes", "--foreground")
        self.assertEqual(result.code, 0, result)
        later = self.samples()[killed_at:]
        self.assertGreater(later[-1]["wall_ms"] - later[0]["wall_ms"], 2900)
        self.assertEqual(self.runs()[-1]["state"], "committed")

    def test_a_test_makes_a_gate_fail(self):
        self.write_spec(spec=SPEC + """
test "a failing gate brings everything back" {
  given installed v1.0.0
  when  edge fails
  then  rolled_back, "/etc/box/release" reverted
}
test "a gate that holds lets it pass" {
  given installed v1.0.0
  then  done, edge applied
}
""")
        result = self.run_program("test", "box.upg")
        self.assertEqual((result.code, "2 passed" in result.out), (0, True), result)

    def has_samples(self, count):
        try:
            return len(self.samples()) >= 8 * count
        except (OSError, ValueError, IndexError):
            return False


if __name__ == "__main__":
    unittest.main(verbosity=2)
