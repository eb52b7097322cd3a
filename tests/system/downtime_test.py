"""`downtime … up when CONDITION`: the measured downtime is that in which the condition did not hold."""

import json
import os
import unittest

import box

SPEC = box.SPEC.replace("downtime  5m", 'downtime  5m up when files.exists("/run/box/up") == true')
FAILING = SPEC.replace('contains: "2.0.0"', 'contains: "3.0.0"')


class Downtime(box.BoxTest):
    def setUp(self):
        super().setUp()
        box.write(self.spec, SPEC)
        self.up_file = os.path.join(self.host, "run/box/up")
        os.makedirs(os.path.dirname(self.up_file))

    def come_up(self):
        box.write(self.up_file, "")

    def records(self):
        """[(kind, wall_ms, step)] of the last run."""
        run = self.runs()[-1]["run"]
        result = self.run_program("history", run, "--root", self.host, "--format", "json")
        self.assertEqual(result.code, 0, result)
        return [(record["record"], record["wall_ms"], record["step"])
                for record in json.loads(result.out)["records"]]

    def seen(self):
        return [kind for kind, _, _ in self.records() if kind in ("up", "down")]

    def wait_until_seen(self, *kinds):
        self.wait_until(lambda: self.seen() == list(kinds), f"{kinds} in the journal")

    def wall(self, kind, position=0, step=None):
        found = [wall for name, wall, of in self.records()
                 if name == kind and (step is None or of == step)]
        return found[position]

    def wall_or_none(self, kind, step):
        return next((wall for name, wall, of in self.records() if (name, of) == (kind, step)), None)

    def start(self):
        process = self.start_program("apply", "box.upg", "--root", self.host, "--yes")
        self.wait_for_step()
        return process

    def end(self, process, code):
        self.go()
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, code, out + err)
        return self.runs()[-1]

    def begin(self):
        return self.wall("captured", step="switch/1")

    def test_it_ends_while_the_switch_goes_on(self):
        process = self.start()
        self.come_up()
        self.wait_until_seen("up")
        run = self.end(process, 0)
        self.assertEqual(run["downtime_ms"], self.wall("up") - self.begin())
        self.assertLess(run["downtime_ms"], self.wall("applied", step="switch/3") - self.begin())
        self.assertFalse(run["up_unseen"])

    def test_away_again_it_counts_again(self):
        process = self.start()
        self.come_up()
        self.wait_until_seen("up")
        os.remove(self.up_file)
        self.wait_until_seen("up", "down")
        self.come_up()
        self.wait_until_seen("up", "down", "up")
        run = self.end(process, 0)
        self.assertEqual(run["downtime_ms"], self.wall("up") - self.begin()
                         + self.wall("up", 1) - self.wall("down"))

    def test_it_comes_up_behind_the_switch(self):
        box.write(self.spec, SPEC.replace('files.expect("/etc/box/release", contains: "2.0.0")',
                                          'files.expect("/run/box/up", within: 30s)'))
        process = self.start()
        self.go()
        self.wait_until(lambda: self.wall_or_none("applied", "switch/3"), "the end of switch")
        self.come_up()
        run = self.end(process, 0)
        self.assertEqual(self.seen(), ["up"])
        self.assertEqual(run["downtime_ms"], self.wall("up") - self.begin())
        self.assertGreaterEqual(self.wall("up"), self.wall("applied", step="switch/3"))

    def test_never_seen_up_it_says_so(self):
        run = self.end(self.start(), 0)
        self.assertTrue(run["up_unseen"])
        self.assertEqual(run["downtime_ms"], self.wall("applied", step="verify/1") - self.begin())
        status = self.run_program("status", "--root", self.host)
        self.assertRegex(status.out, r"(?m)^ +downtime +\S.*; promised were 5m; "
                                     r"`up when` was not seen to hold$")

    def test_an_outage_counts_until_the_next_runner_sees_it_up(self):
        process = self.start()
        self.kill_runner()
        process.communicate(timeout=30)
        self.come_up()
        self.go()
        resumed = self.run_program("resume", "--root", self.host, "--yes", "--foreground")
        self.assertEqual(resumed.code, 0, resumed)
        self.assertEqual(self.seen(), ["up"])
        run = self.runs()[-1]
        self.assertEqual(run["downtime_ms"], self.wall("up") - self.begin())
        self.assertGreater(self.wall("up"), self.wall("fence", 1))

    def test_the_way_back_is_down_until_it_is_up(self):
        box.write(self.spec, FAILING)
        process = self.start()
        self.come_up()
        self.wait_until_seen("up")
        run = self.end(process, 3)
        self.assertEqual(self.seen(), ["up", "up"])
        self.assertEqual(run["downtime_ms"], self.wall("up") - self.begin()
                         + self.wall("up", 1) - self.wall("reverting", step="switch/3"))
        self.assertFalse(run["up_unseen"])

    def test_plan_and_test_know_it(self):
        box.write(self.spec, SPEC + """
test "nobody looks on a simulated host" {
  given installed v1.0.0
  then  done
}
""")
        plan = self.run_program("plan", "box.upg")
        self.assertRegex(plan.out, r'(?m)^ +up when +files\.exists\("/run/box/up"\) == true$')
        plan = self.run_program("plan", "box.upg", "--root", self.host, "--format", "json")
        self.assertEqual(json.loads(plan.out)["plans"][0]["up_when"],
                         ['files.exists("/run/box/up") == true'])
        result = self.run_program("test", "box.upg")
        self.assertEqual(result.code, 0, result)


if __name__ == "__main__":
    unittest.main(verbosity=2)
