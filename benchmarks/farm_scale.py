#!/usr/bin/python3
"""How much of the workers' time is put to use, by the number of workers and the duration of a mini-batch?

Runs build/bin/bench_virtual_farm (one master with many virtual workers, in virtual time) over a grid, prints a table, and draws it:
benchmarks/efficiency.svg. The figures lie in build/bench/farm_scale.csv; --draw draws them once more.
"""

import argparse
import csv
import io
import math
import subprocess

from bench_support import BENCH_FOLDER, ROOT

TABLE = BENCH_FOLDER / "farm_scale.csv"
PICTURE = ROOT / "benchmarks" / "efficiency.svg"
WIDTH, HEIGHT = 760, 440
LEFT, RIGHT, TOP, BOTTOM = 64, 650, 56, 380  # of the plot
COLOURS = ["#0b3c6f", "#1f6fb4", "#4a9bd1", "#e0912f", "#c2461e"]  # long mini-batches first
BUSY = 0.95  # part of rank 0's time from which on it is said to be saturated


def measure(options):
    """Rows as dictionaries of numbers, one for each duration and number of workers."""
    rows = []
    program = str(ROOT / "build" / "bin" / "bench_virtual_farm")
    for seconds in options.run:
        for workers in options.workers:
            words = ["--workers", str(workers), "--run", str(seconds), "--most", str(options.most)]
            words += ["--send", str(options.send), "--receive", str(options.receive), "--runs", str(5 if seconds > 10 else 10)]
            answer = subprocess.run([program, *words], capture_output=True, text=True, check=True).stdout
            rows += list(csv.DictReader(io.StringIO(answer)))
            print(answer.splitlines()[-1], flush=True)
    return rows


def keep(rows):
    TABLE.parent.mkdir(parents=True, exist_ok=True)
    with open(TABLE, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)


def load():
    with open(TABLE, encoding="utf-8") as file:
        return [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]


def duration_text(seconds):
    return f"{seconds * 1000:g} ms" if seconds < 1 else f"{seconds:g} s"


def print_table(rows):
    counts = sorted({row["workers"] for row in rows})
    print("| mini-batch | " + " | ".join(f"{count:,.0f}".replace(",", " ") for count in counts) + " |")
    print("|" + " --- |" * (len(counts) + 1))
    for seconds in sorted({row["run_seconds"] for row in rows}):
        by_count = {row["workers"]: row for row in rows if row["run_seconds"] == seconds}
        cells = [f"{100 * by_count[count]['efficiency']:.1f} ({100 * by_count[count]['rank0_busy']:.0f})" if count in by_count
                 else "–" for count in counts]
        print("| " + " | ".join([duration_text(seconds), *cells]) + " |")


class Picture:
    """An SVG of one plot: workers on a logarithmic axis, efficiency in percent."""

    def __init__(self, most_workers):
        self.most = most_workers
        self.parts = []

    def x(self, workers):
        return LEFT + (RIGHT - LEFT) * (math.log10(workers) - 1) / (math.log10(self.most) - 1)

    def y(self, efficiency):
        return BOTTOM - (BOTTOM - TOP) * efficiency

    def text(self, x, y, text, anchor="middle", size=13, colour="#333", extra=""):
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" fill="{colour}" {extra}>{text}</text>')

    def line(self, x1, y1, x2, y2, colour="#ddd", extra=""):
        self.parts.append(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" {extra}/>')

    def axes(self):
        for percent in range(0, 101, 20):
            self.line(LEFT, self.y(percent / 100), RIGHT, self.y(percent / 100))
            self.text(LEFT - 8, self.y(percent / 100) + 4, f"{percent} %", "end")
        for power in range(1, round(math.log10(self.most)) + 1):
            self.line(self.x(10**power), TOP, self.x(10**power), BOTTOM, "#eee")
            self.text(self.x(10**power), BOTTOM + 20, f"{10**power:,}".replace(",", " "))
        self.text((LEFT + RIGHT) / 2, BOTTOM + 44, "workers")
        self.text(LEFT, 24, "Part of the workers' time that is put to use", "start", 16, "#111")
        self.text(LEFT, 43, "one master; by the duration of a mini-batch; ● rank 0 is saturated", "start", 12, "#666")

    def curve(self, rows, colour, label_y):
        points = " ".join(f"{self.x(row['workers']):.1f},{self.y(row['efficiency']):.1f}" for row in rows)
        self.parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2.5" stroke-linejoin="round"/>')
        for row in rows:
            is_full = row["rank0_busy"] >= BUSY
            self.parts.append(f'<circle cx="{self.x(row["workers"]):.1f}" cy="{self.y(row["efficiency"]):.1f}" r="{5 if is_full else 3}"'
                              f' fill="{colour if is_full else "#fff"}" stroke="{colour}" stroke-width="1.5"/>')
        self.text(RIGHT + 10, label_y + 4, duration_text(rows[0]["run_seconds"]), "start", 13, colour, 'font-weight="bold"')

    def svg(self):
        head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
        return "\n".join([head + ' font-family="Helvetica, Arial, sans-serif">',
                          f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>', *self.parts, "</svg>", ""])


def draw(rows):
    picture = Picture(max(row["workers"] for row in rows))
    picture.axes()
    durations = sorted({row["run_seconds"] for row in rows}, reverse=True)
    last_label = -math.inf
    for colour, seconds in zip(COLOURS, durations):
        curve = sorted((row for row in rows if row["run_seconds"] == seconds), key=lambda row: row["workers"])
        last_label = max(picture.y(curve[-1]["efficiency"]), last_label + 17)  # labels never lie on each other
        picture.curve(curve, colour, last_label)
    PICTURE.write_text(picture.svg(), encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--workers", type=int, nargs="+", default=[10, 100, 1000, 3000, 10_000, 30_000, 100_000])
    parser.add_argument("--run", type=float, nargs="+", default=[0.01, 0.1, 1, 10, 60], help="seconds of a mini-batch")
    parser.add_argument("--send", type=float, default=2.2, help="µs for rank 0 to send a message (saturation.py)")
    parser.add_argument("--receive", type=float, default=1.6, help="µs for it to receive one")
    parser.add_argument("--most", type=int, default=1_500_000, help="mini-batches of one farm")
    parser.add_argument("--draw", action="store_true", help="only draw what was measured last")
    options = parser.parse_args()
    if not options.draw:
        keep(measure(options))
    rows = load()
    print_table(rows)
    draw(rows)


if __name__ == "__main__":
    main()
