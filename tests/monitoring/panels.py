"""The dashboards of configs/grafana, their panels, and what a panel asks of Prometheus."""
import json
import pathlib
import re

SOURCE = pathlib.Path(__file__).resolve().parents[2]
FOLDER = SOURCE / "configs/grafana/dashboards"
RATE_INTERVAL = "30s"  # six scrapes of `feedctl dev --monitor`


class Target:
    def __init__(self, panel, expression, legend):
        self.panel, self.expression, self.legend = panel, expression, legend


class Panel:
    def __init__(self, dashboard, row, model):
        self.dashboard, self.row, self.model = dashboard, row, model
        self.title = model["title"]
        self.kind = model["type"]
        self.unit = model.get("fieldConfig", {}).get("defaults", {}).get("unit", "short")
        self.targets = [Target(self, t["expr"], t.get("legendFormat", "")) for t in model.get("targets", [])]

    def name(self):
        return f"{self.dashboard.name}: {self.row}: {self.title}"


class Dashboard:
    def __init__(self, file):
        self.name = file.stem
        self.model = json.loads(file.read_text())
        self.uid, self.title = self.model["uid"], self.model["title"]
        self.variables = [v for v in self.model["templating"]["list"] if v["type"] == "query"]
        self.panels, row = [], ""
        for model in self.model["panels"]:
            if model["type"] == "row":
                row = model["title"]
            else:
                self.panels.append(Panel(self, row, model))

    def expressions(self):
        """Of panels and annotations."""
        found = [t.expression for p in self.panels for t in p.targets]
        return found + [a["expr"] for a in self.model["annotations"]["list"]]


def dashboards():
    return [Dashboard(file) for file in sorted(FOLDER.glob("*.json"))]


def fill(expression, values):
    """The expression as Grafana sends it. `values`: by variable; "All" of a regular expression is ".*"."""
    text = expression.replace("$__rate_interval", RATE_INTERVAL)
    for name, value in values.items():
        text = text.replace("${" + name + "}", value).replace("$" + name, value)
    left = re.search(r"\$\{?[A-Za-z_]\w*", text)
    if left and not left[0].startswith("${1"):
        raise ValueError(f"{left[0]} is no variable of the dashboard: {expression}")
    return text


def metrics_of(expression):
    """The names of metrics in an expression."""
    without_labels = re.sub(r"\{[^}]*\}|\"[^\"]*\"|\b(by|without|on|ignoring) ?\([^)]*\)", " ", expression)
    return set(re.findall(r"\b((?:feedctl|process|redis|pg|node)_\w+)", without_labels))


def documented_metrics():
    """The names in the tables of docs/metrics.md."""
    text = (SOURCE / "docs/metrics.md").read_text()
    return set(re.findall(r"`((?:feedctl|process)_\w+)", "\n".join(re.findall(r"^\| `[^|]*\|", text, re.M))))


def family(name):
    return re.sub(r"_(bucket|count|sum)$", "", name)
