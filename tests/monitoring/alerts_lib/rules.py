"""The files of configs/prometheus as a test reads them, and their durations divided.

The rewrite is mechanical: expressions and thresholds stay as they are. Only these are divided by DIVISOR:
range selectors ([5m], at least ten seconds), `for:` (at least ten), `keep_firing_for:` (at least fifteen), and Alertmanager's waits. Scrapes and evaluations come every second. So an alert
that takes five minutes in production takes ten seconds, for the same reason.
"""

import os
import re

DIVISOR = 30
MIN_RANGE_SECONDS = 10  # some scrapes of a busy machine
MIN_FOR_SECONDS = 10  # a process that starts is not ready for some seconds
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}

FOLDER = "configs/prometheus"
DURATION = r"(\d+)([smhd])\b"
PRODUCT_METRIC = re.compile(r"\bfeedctl_[a-z0-9_]+")
# Histograms have these beside their name.
SUFFIXES = ("_bucket", "_count", "_sum")


def read(repository, name):
    with open(os.path.join(repository, FOLDER, name)) as file:
        return file.read()


def divided(number, unit, at_least):
    return f"{max(at_least, int(number) * UNITS[unit] // DIVISOR)}s"


def shortened(text):
    text = re.sub(r"\[" + DURATION + r"\]", lambda m: f"[{divided(m[1], m[2], MIN_RANGE_SECONDS)}]", text)
    text = re.sub("keep_firing_for: " + DURATION,
                  lambda m: f"keep_firing_for: {divided(m[1], m[2], MIN_RANGE_SECONDS + 5)}", text)
    text = re.sub(r"(?<!\w)for: " + DURATION, lambda m: f"for: {divided(m[1], m[2], MIN_FOR_SECONDS)}", text)
    keys = "group_wait|group_interval|repeat_interval|scrape_interval|evaluation_interval"
    return re.sub(rf"(?<!\w)({keys}): {DURATION}", lambda m: f"{m[1]}: {divided(m[2], m[3], 1)}", text)


def alert_names(text):
    return re.findall(r"^ *- alert: (\w+)$", text, re.MULTILINE)


def blocks_of_alerts(text):
    """Each alert's name with the text of its rule."""
    parts = re.split(r"^ *- (?=alert:|record:|name:)", text, flags=re.MULTILINE)
    return {re.match(r"alert: (\w+)", part)[1]: part for part in parts if part.startswith("alert:")}


def with_severity(text, severity):
    return {name for name, block in blocks_of_alerts(text).items() if f"severity: {severity}" in block}


def without_comments(text):
    return re.sub(r"^ *#.*$", "", text, flags=re.MULTILINE)


def product_metrics(text):
    """Names of feedctl's metrics in expressions, without the suffixes of histograms."""
    names = set()
    for name in PRODUCT_METRIC.findall(without_comments(text)):
        for suffix in SUFFIXES:
            if name.endswith(suffix):
                name = name[: -len(suffix)]
        names.add(name)
    return names - {"feedctl_docs"}
