"""What must hold for alerts.yml, alertmanager.yml, their tests, the runbook and the product together."""

import glob
import os
import re

from . import rules, runbook

PARTS = ("What it means", "How users notice", "Where to look", "What to do", "When it is over")


def read_product(repository):
    """The metrics page and the sources, in which each metric's name stands."""
    texts = []
    for pattern in ("docs/metrics.md", "lib/**/*.cpp", "lib/**/*.hpp", "apps/**/*.cpp", "apps/**/*.hpp"):
        for path in glob.glob(os.path.join(repository, pattern), recursive=True):
            with open(path) as file:
                texts.append(file.read())
    return "\n".join(texts)


class Sources:
    def __init__(self, repository):
        self.alerts = rules.read(repository, "alerts.yml")
        self.tests = rules.read(repository, "alerts_test.yml")
        self.manager = rules.read(repository, "alertmanager.yml")
        self.entries = runbook.entries(repository)
        self.product = read_product(repository)


def findings_of_rule(name, rule):
    found = []
    if not re.search(r"severity: (page|ticket)\b", rule):
        found.append(f"{name} has no severity page or ticket")
    for annotation in ("summary", "description"):
        if not re.search(rf"^ *{annotation}: \S", rule, re.MULTILINE):
            found.append(f"{name} has no {annotation}")
    url = "{{ $externalLabels.feedctl_docs }}/runbook.html#" + name.lower()
    if f"runbook_url: '{url}'" not in rule:
        found.append(f"{name} has not the runbook_url {url}")
    return found


def findings_of_entry(name, text):
    found = [f"the entry {name} of the runbook has no part '{part}'" for part in PARTS
             if not runbook.section(text, part).strip()]
    if not runbook.code_blocks(runbook.section(text, "Where to look")):
        found.append(f"the entry {name} of the runbook has no command below 'Where to look'")
    return found


def findings_of_tests(name, tests):
    """Silent, firing, resolved."""
    times = re.findall(rf"alertname: {name}\b(.*?)(?=eval_time|\Z)", tests, re.DOTALL)
    fires = sum("exp_alerts:" in text for text in times)
    if fires < 1 or len(times) - fires < 2:
        return [f"alerts_test.yml does not see {name} silent, firing and resolved"]
    return []


def silenced_names(manager):
    """Names that the inhibitions mention, with their (a|b) written out."""
    names = set()
    for value in re.findall(r"alertname =~? \"?([^\"'\],]+)", manager):
        group = re.fullmatch(r"Feedctl\((.*)\)", value.strip())
        names |= {"Feedctl" + part for part in group[1].split("|")} if group else {value.strip()}
    return names


def findings(sources, faults):
    """Each thing that is wrong, as a sentence."""
    blocks = rules.blocks_of_alerts(sources.alerts)
    found = []
    for name, rule in blocks.items():
        found += findings_of_rule(name, rule) + findings_of_tests(name, sources.tests)
        if name in sources.entries:
            found += findings_of_entry(name, sources.entries[name])
        else:
            found.append(f"the runbook has no entry {name}")
        if name not in faults:
            found.append(f"tests/monitoring/alerts has no fault for {name}")
    found += [f"the entry {heading} of the runbook has no alert" for heading in sources.entries
              if heading.startswith("Feedctl") and heading not in blocks]
    found += [f"alertmanager.yml names {name}, which is no alert" for name in silenced_names(sources.manager)
              if not any(re.fullmatch(name, alert) for alert in blocks)]
    found += [f"no source of feedctl has the metric {name}" for name in sorted(rules.product_metrics(sources.alerts))
              if not re.search(rf'["`]{name}["`]', sources.product)]
    return found
