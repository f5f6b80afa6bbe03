"""Calls index.handler, as Lambda does, with the event on standard input. What it returns is the last line of the output, or what it raises.

The handler's clock stands still but for what it sleeps, which takes no time: a slow machine leaves it as much time as a fast one.
"""
import json
import os
import sys
import time

import index


class Clock:
    now = time.time()

    def time(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


class Context:
    def __init__(self, clock, seconds):
        self.clock, self.end = clock, clock.now + seconds

    def get_remaining_time_in_millis(self):
        return int((self.end - self.clock.now) * 1000)


index.time = Clock()
try:
    print(json.dumps(index.handler(json.load(sys.stdin), Context(index.time, float(os.environ["TEST_SECONDS"])))))
except Exception as e:
    print(f"{type(e).__name__}: {e}")
