"""Draws the panels of a dashboard as one SVG: light, small, without scripts or fonts of its own."""
import math
from xml.sax.saxutils import escape

WIDTH, UNIT, GAP = 1200, 19, 8  # pixels of the page, of a grid unit's height, between panels
COLORS = ("#2563a8", "#d9730d", "#2e8b57", "#b5375b", "#7a5bb5", "#6b7280", "#0e9aa7", "#a67c00", "#444444", "#c2569b")
MOST_SERIES, MOST_POINTS = 7, 34
SIZES = ("", "k", "M", "G", "T")


def number(value, step=1000):
    size = 0
    while abs(value) >= step and size < len(SIZES) - 1:
        value, size = value / step, size + 1
    return (f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}" if abs(value) >= 0.001 else f"{value:.1g}") + SIZES[size]


def shown(value, unit):
    """A value with its unit, as short as it can be."""
    if math.isnan(value):
        return "-"
    if unit == "s":
        for size, name in ((86400, "d"), (3600, "h"), (60, "min")):
            if value >= 2 * size:
                return f"{number(value / size)} {name}"
        for size, name in ((1, "s"), (1e-3, "ms"), (1e-6, "us")):
            if value >= size:
                return f"{number(value / size)} {name}"
        return "0 s"
    if unit == "percentunit":
        return f"{number(value * 100)} %"
    if unit == "bytes":
        return f"{number(value, 1024)}B"
    return number(value) + {"reqps": "/s", "ops": "/s"}.get(unit, "")


def ceiling(value, unit):
    """The next round number for the end of an axis."""
    if value <= 0 or math.isnan(value):
        return 1
    if unit == "bytes":
        size = 1024 ** max(int(math.log(value, 1024)), 0)
        return ceiling(value / size, "") * size
    power = 10 ** math.floor(math.log10(value))
    return next(factor * power for factor in (1, 1.5, 2, 3, 4, 5, 6, 8, 10.0001) if factor * power >= value)


class Series:
    def __init__(self, name, points):
        self.name, self.points = name, points  # points: (time, value), without gaps' NaN

    def last(self):
        return self.points[-1][1] if self.points else math.nan

    def peak(self):
        return max((value for _, value in self.points), default=0)


class Drawing:
    def __init__(self, title, start, end):
        self.title, self.start, self.end = title, start, end
        self.parts, self.height = [], 34

    def text(self, x, y, text, size=11, color="#333", anchor="start", weight="", fits=0):
        if fits:
            most = max(int(fits / (size * 0.55)), 4)
            text = text if len(text) <= most else text[:most - 1] + "…"
        extra = (f' text-anchor="{anchor}"' if anchor != "start" else "") + (f' font-weight="{weight}"' if weight else "")
        self.parts.append(f'<text x="{x:.0f}" y="{y:.0f}" font-size="{size}" fill="{color}"{extra}>{escape(text)}</text>')

    def row(self, title, y):
        self.text(GAP, y + 14, title, 13, "#111", weight="bold")
        self.parts.append(f'<path d="M{GAP} {y + 19}H{WIDTH - GAP}" stroke="#ccc"/>')

    def panel(self, title, kind, unit, box, series, stacked=False, shows_names=False):
        x, y, w, h = box
        self.parts.append(f'<rect x="{x}" y="{y}" width="{w}" height="{h}" rx="4" fill="#fff" stroke="#ddd"/>')
        self.text(x + 8, y + 16, title, 12, "#111", weight="bold", fits=w - 12)
        if not series:
            self.text(x + w / 2, y + h / 2 + 8, "nothing to show in this run", 11, "#999", "middle")
        elif kind == "stat" and shows_names:
            self.text(x + w / 2, y + h / 2 + 14, series[0].name, 15, COLORS[0], "middle", fits=w - 12)
        elif kind == "stat":
            self.stat(box, unit, series)
        else:
            self.chart(box, unit, series, stacked)
        self.height = max(self.height, y + h + GAP)

    def stat(self, box, unit, series):
        x, y, w, h = box
        kept = series[:5]
        if len(kept) == 1:
            self.text(x + w / 2, y + h / 2 + 16, shown(kept[0].last(), unit), 26, COLORS[0], "middle")
            return
        for i, one in enumerate(kept):
            line = y + 36 + i * min(16, (h - 36) / len(kept))
            self.text(x + 10, line, one.name, 11, fits=w - 60)
            self.text(x + w - 10, line, shown(one.last(), unit), 12, COLORS[i], "end", "bold")

    def chart(self, box, unit, series, stacked):
        x, y, w, h = box
        series = sorted(series, key=Series.peak, reverse=True)
        kept = series[:MOST_SERIES]
        legend = self.legend_rows(kept, w)
        left, top, right, bottom = x + 52, y + 26, x + w - 10, y + h - 10 - 13 * len(legend)
        lines = stack(kept) if stacked else [one.points for one in kept]
        peak = ceiling(max((value for line in lines for _, value in line), default=1), unit)
        for share in (0, 0.5, 1):
            at = bottom - share * (bottom - top)
            self.parts.append(f'<path d="M{left} {at:.0f}H{right}" stroke="#eee"/>')
            self.text(left - 5, at + 4, shown(share * peak, unit), 9, "#777", "end")

        def place(point):
            share = (point[0] - self.start) / max(self.end - self.start, 1)
            return round(left + share * (right - left)), round(bottom - point[1] / peak * (bottom - top))

        for i, line in reversed(list(enumerate(lines))):
            places = [place(point) for point in thinned(line)]
            if stacked:  # the sums lie one behind the other: paint from the highest down
                places = [(places[0][0], round(bottom)), *places, (places[-1][0], round(bottom))]
                self.parts.append(f'<path d="{path_of(places)}z" fill="{COLORS[i]}" />')
            else:
                self.parts.append(f'<path d="{path_of(places)}" fill="none" stroke="{COLORS[i]}" stroke-width="1.5"/>')
        self.draw_legend(legend, x + 10, bottom + 15, len(series) - len(kept))

    @staticmethod
    def legend_rows(series, width):
        """Rows of (index, name), as many as they need, three at most."""
        rows, used = [[]], 0
        for i, one in enumerate(series):
            name = one.name if len(one.name) < 34 else one.name[:32] + "…"
            need = 20 + 5.8 * len(name)
            if used + need > width - 20 and rows[-1]:
                rows.append([])
                used = 0
            rows[-1].append((i, name, need))
            used += need
        return rows[:3]

    def draw_legend(self, rows, x, y, left_out):
        for number_of_row, row in enumerate(rows):
            at = x
            for i, name, need in row:
                self.parts.append(f'<circle cx="{at + 4:.0f}" cy="{y - 3 + 13 * number_of_row}" r="3.5" fill="{COLORS[i]}"/>')
                self.text(at + 11, y + 13 * number_of_row, name, 10, "#444")
                at += need
        if left_out > 0:
            self.text(at + 4, y + 13 * (len(rows) - 1), f"and {left_out} more", 10, "#999")

    def caption(self, text):
        self.text(WIDTH - GAP, 22, text, 12, "#555", "end")

    def svg(self):
        head = (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {self.height}" width="{WIDTH}" '
                f'height="{self.height}" font-family="system-ui,DejaVu Sans,sans-serif" role="img">'
                f'<title>{escape(self.title)}</title><rect width="100%" height="100%" fill="#f6f7f8"/>'
                f'<text x="{GAP}" y="23" font-size="17" font-weight="bold" fill="#111">{escape(self.title)}</text>')
        return head + "\n".join([""] + self.parts) + "\n</svg>\n"


def path_of(places):
    """In steps from point to point, which takes half the bytes."""
    (x, y), steps = places[0], []
    for (x0, y0), (x1, y1) in zip(places, places[1:]):
        steps.append(f"{x1 - x0} {y1 - y0}")
    return f"M{x} {y}" + ("l" + " ".join(steps) if steps else "h1")


def thinned(points):
    if len(points) <= MOST_POINTS:
        return points
    step = (len(points) - 1) / (MOST_POINTS - 1)
    return [points[round(i * step)] for i in range(MOST_POINTS)]


def stack(series):
    """Each line as the sum of those before it and itself, highest first for painting."""
    times = sorted({time for one in series for time, _ in one.points})
    sums, lines = dict.fromkeys(times, 0.0), []
    for one in series:
        values = dict(one.points)
        sums = {time: sums[time] + values.get(time, 0) for time in times}
        lines.append(sorted(sums.items()))
    return lines
