#!/usr/bin/env python3
"""Prints what JMeter has sampled, a line for each operation. Fails if a request failed or an operation is missing."""
import collections
import csv
import sys

OPERATIONS = ("feed", "hot", "view", "like", "post")


def main():
    found, failed = collections.defaultdict(list), collections.Counter()
    with open(sys.argv[1], newline="") as samples:
        for row in csv.DictReader(samples):
            found[row["label"]].append(int(row["elapsed"]))
            if row["success"] != "true":
                failed[f"{row['label']}: {row['responseCode']} {row['responseMessage']}"] += 1
    for name, times in sorted(found.items()):
        times.sort()
        print(f"{name:12} {len(times):7} requests  median {times[len(times) // 2]} ms  p99 {times[len(times) * 99 // 100]} ms")
    missing = [name for name in OPERATIONS if name not in found]
    for fault in [f"{n} x {what}" for what, n in failed.items()] + [f"no request of {name}" for name in missing]:
        print(fault, file=sys.stderr)
    return 1 if failed or missing else 0


sys.exit(main())
