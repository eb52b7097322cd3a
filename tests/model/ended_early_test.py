"""Ctrl-C ends a campaign early: what was tried until then is told, and no trial was disturbed.

ended_early_test.py GRAPH_CAMPAIGN
"""

import os
import re
import signal
import subprocess
import sys
import time
import unittest

PROGRAM = os.path.abspath(sys.argv.pop(1))


class EndedEarlyTest(unittest.TestCase):
    def test_ctrl_c(self):
        campaign = subprocess.Popen([PROGRAM, "--graphs", "100000000"], stdout=subprocess.PIPE, text=True,
                                    start_new_session=True)
        self.assertRegex(campaign.stdout.readline(), "^seed 1, 100000000 graphs$")
        time.sleep(2)
        os.killpg(campaign.pid, signal.SIGINT)
        told = campaign.communicate(timeout=60)[0]
        figures = re.fullmatch(r"(\d+) graphs of \d+ steps, .*; 0 broke a rule\n", told)
        self.assertIsNotNone(figures, told)
        self.assertGreater(int(figures[1]), 0)
        self.assertLess(int(figures[1]), 1_000_000)
        self.assertIn(campaign.returncode, (0, 1))  # 1: the few graphs did not meet everything


if __name__ == "__main__":
    unittest.main()
