#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Joins the allocator's figures, ours and Kubernetes', into tables and a plot.

    tests/bench/allocate/report.py OURS THEIRS [--svg FILE]

OURS are the JSON lines of bench_allocate, THEIRS those of tests/peers/cmd/allocate -bench for them. Ends with 1 if
the two sides gave different answers: then there is nothing to compare.
"""

import argparse
import json
import math
import sys

SHAPE_GOAL = 50  # times as fast as Kubernetes' allocator
HARD_GOAL = 10_000  # microseconds
GAVE_UP = 10_000_000

QUESTIONS = {
    "together": "all claims at once on one node",
    "first": "one after the other, on the first node that fits",
    "binpack": "one after the other, on the fullest node of all that fit",
}


def read(path):
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def key(figure):
    return tuple(figure.get(name) for name in ("figure", "content", "question", "nodes", "devices", "family", "size"))


def span(micros):
    """Microseconds for people."""
    for limit, divisor, unit in ((1e3, 1, "us"), (1e6, 1e3, "ms"), (math.inf, 1e6, "s")):
        if micros < limit:
            return f"{micros / divisor:.3g} {unit}"
    return ""


def verdict(met):
    return "met" if met else "MISSED"


def show_own(ours):
    print(f"\n{'figure':<44} {'value':>10} {'unit':<16} goal")
    for f in ours:
        if f["figure"] != "own":
            continue
        goal = ""
        if f["goal"]:
            met = f["value"] >= f["goal"] if f["least"] else f["value"] <= f["goal"]
            goal = f"{'≥' if f['least'] else '≤'} {f['goal']:,} {verdict(met)}"
        print(f"{f['name']:<44} {f['value']:>10,.1f} {f['unit']:<16} {goal}")


def show_shapes(ours, theirs):
    differ = 0
    for question, words in QUESTIONS.items():
        print(f"\n{words}\n{'shape':<34} {'claims':>6} {'ours':>10} {'kubernetes':>10} {'ratio':>8}  goal")
        for f in ours:
            if f["figure"] != "shape" or f["question"] != question:
                continue
            shape = f"{f['content']}, {f['devices']:,} devices x {f['nodes']}"
            other = theirs.get(key(f))
            if not other:
                print(f"{shape:<34} {f['claims']:>6} {span(f['micros']):>10}")
                continue
            same = f["answer"] == other["answer"]
            differ += not same
            ratio = other["micros"] / f["micros"]
            goal = f"≥ {SHAPE_GOAL} {verdict(ratio >= SHAPE_GOAL)}"
            if not same:
                goal = f"ANSWERS DIFFER: {f['answer']} and {other['answer']}"
            print(f"{shape:<34} {f['claims']:>6} {span(f['micros']):>10} {span(other['micros']):>10} {ratio:>7.0f}x  {goal}")
    return differ


def curves(figures):
    """Family to its points, (size, microseconds)."""
    found = {}
    for f in figures:
        if f["figure"] == "hard":
            found.setdefault(f["family"], []).append((f["size"], f["micros"], f["answer"]))
    return found


def bar(micros, width):
    """A logarithmic bar from 10 us to 10 s."""
    return "#" * max(1, min(width, round(width * math.log10(max(micros, 10) / 10) / 6)))


def show_hard(ours, theirs):
    differ = 0
    width = 30
    print(f"\nhard inputs, log scale from 10 us to 10 s (goal ≤ 10 ms: {width // 2} marks)")
    for family, points in curves(ours).items():
        other = {size: (micros, answer) for size, micros, answer in curves(theirs).get(family, [])}
        worst = max(micros for _, micros, _ in points)
        print(f"\n  {family}: at most {span(worst)}, goal ≤ 10 ms {verdict(worst <= HARD_GOAL)}")
        for size, micros, answer in points:
            beside, note = "", ""
            if size in other:
                beside, note = bar(other[size][0], width), span(other[size][0])
                if other[size][1] == "gave up":
                    note = "gave up after 10 s"
                elif other[size][1] != answer:
                    differ += 1
                    note = f"ANSWERS DIFFER: {answer} and {other[size][1]}"
            print(f"  {size:>4} ours {span(micros):>8} {bar(micros, width):<{width}} | kubernetes {beside} {note}".rstrip())
    return differ


class Plot:
    """Small multiples: a panel for each family, time against size."""

    WIDTH, HEIGHT, COLUMNS = 250, 190, 4
    LEFT, TOP, INNER_WIDTH, INNER_HEIGHT = 44, 26, 190, 130
    LOW, HIGH = 1, 7  # log10 of microseconds
    MOST = 32

    def __init__(self):
        self.parts = []

    def x(self, column, size):
        return column * self.WIDTH + self.LEFT + self.INNER_WIDTH * size / self.MOST

    def y(self, row, micros):
        share = (math.log10(max(micros, 10)) - self.LOW) / (self.HIGH - self.LOW)
        return row * self.HEIGHT + self.TOP + self.INNER_HEIGHT * (1 - min(share, 1))

    def line(self, points, style):
        self.parts.append(f'<polyline class="{style}" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in points)}"/>')

    def text(self, x, y, words, style=""):
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" class="{style}">{words}</text>')

    def curve(self, column, row, points, style):
        places = [(self.x(column, size), self.y(row, micros)) for size, micros, _ in points]
        self.line(places, style)
        for (x, y), (size, micros, answer) in zip(places, points):
            title = f"{size}: {span(micros)}, {answer}"
            self.parts.append(f'<circle class="{style}" cx="{x:.1f}" cy="{y:.1f}" r="2.2"><title>{title}</title></circle>')

    def frame(self, column, row, family):
        left, right = self.x(column, 0), self.x(column, self.MOST)
        for exponent, name in ((1, "10 us"), (3, "1 ms"), (5, "100 ms"), (7, "10 s")):
            y = self.y(row, 10**exponent)
            self.line([(left, y), (right, y)], "grid")
            self.text(left - 4, y + 3, name, "axis end")
        for size in (8, 16, 24, 32):
            self.text(self.x(column, size), self.y(row, 10) + 12, size, "axis middle")
        self.line([(left, self.y(row, HARD_GOAL)), (right, self.y(row, HARD_GOAL))], "goal")
        self.text(left, self.y(row, GAVE_UP) - 8, family, "title")

    def draw(self, ours, theirs):
        families = curves(ours)
        for place, (family, points) in enumerate(families.items()):
            row, column = divmod(place, self.COLUMNS)
            self.frame(column, row, family)
            self.curve(column, row, curves(theirs).get(family, []), "theirs")
            self.curve(column, row, points, "ours")
        rows = -(-len(families) // self.COLUMNS)
        width, height = self.WIDTH * self.COLUMNS, self.HEIGHT * rows + 24
        self.text(self.LEFT, height - 10, "time against size, logarithmic: ours blue, kubernetes red (it gives up at 10 s), goal dashed")
        style = (
            "text{font:10px sans-serif;fill:#333}.title{font-weight:bold}.axis{font-size:8px;fill:#777}"
            ".end{text-anchor:end}.middle{text-anchor:middle}polyline{fill:none;stroke-width:1.5}"
            ".grid{stroke:#ddd;stroke-width:.7}.goal{stroke:#393;stroke-width:1;stroke-dasharray:4 3}"
            "polyline.ours{stroke:#06c}circle.ours{fill:#06c}polyline.theirs{stroke:#c33}circle.theirs{fill:#c33}"
        )
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">\n'
            f'<style>{style}</style>\n<rect width="{width}" height="{height}" fill="white"/>\n' + "\n".join(self.parts) + "\n</svg>\n"
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("ours")
    parser.add_argument("theirs")
    parser.add_argument("--svg", help="where the plot of the hard inputs goes")
    options = parser.parse_args()
    ours, theirs = read(options.ours), read(options.theirs)
    by_key = {key(f): f for f in theirs}
    show_own(ours)
    differ = show_shapes(ours, by_key) + show_hard(ours, theirs)
    if options.svg:
        with open(options.svg, "w", encoding="utf-8") as file:
            file.write(Plot().draw(ours, theirs))
        print(f"\nplot: {options.svg}")
    if differ:
        sys.exit(f"{differ} answers differ")


if __name__ == "__main__":
    main()
