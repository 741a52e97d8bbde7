"""What the Python benchmarks share: the machine's description, input folders that are kept, and one run of the real program.

Standard library only. Everything that is made lies under build/bench/.
"""

import argparse
import json
import os
import platform
import shutil
import signal
import stat
import statistics
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BENCH_FOLDER = ROOT / "build" / "bench"


def interpreter_of(word):
    """The path of an interpreter, from wherever the program under test runs."""
    return os.path.abspath(shutil.which(word) or word)


def argument_parser(description):
    """The options that every benchmark has."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--program", type=Path, default=ROOT / "build" / "bin" / "prs_mpi", help="the program under test")
    parser.add_argument("--python", default="/usr/bin/python3", type=interpreter_of, help="the interpreter of all scripts, both sides")
    parser.add_argument("--workers", type=int, default=2, help="script processes; the job has one rank more")
    return parser


def describe_machine(python):
    """One line for the head of a table."""
    model = "unknown processor"
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    version = subprocess.run([python, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    return f"{len(os.sched_getaffinity(0))} cores ({model}), Linux {platform.release()}, {version}"


def folder_of_empty_files(count):
    """A folder with so many empty files; made once, and kept for the next benchmark."""
    folder = BENCH_FOLDER / f"files-{count}"
    if folder.exists():
        return folder
    unfinished = folder.with_name(folder.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    where = os.open(unfinished, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for number in range(count):  # one system call a file
            os.mknod(f"item_{number:08d}", stat.S_IFREG | 0o644, dir_fd=where)
    finally:
        os.close(where)
    unfinished.rename(folder)
    return folder


class FarmRun:
    """One configuration of the program under test, and its starts. The run folder is removed before each start that resumes none."""

    def __init__(self, name, options, input_path, script, arguments, input_options=None, **settings):
        self.folder = BENCH_FOLDER / name
        self.output = self.folder / "run"
        self.log = self.folder / "prs_mpi.log"
        self.config = self.folder / "config.yaml"
        self.program = options.program
        self.started = 0.0  # time of the last command, since the epoch
        self.folder.mkdir(parents=True, exist_ok=True)
        parallel_run_config = {
            "entry_script": script,
            "source_directory": str(ROOT / "benchmarks" / "scripts"),
            "mini_batch_size": 1,
            "error_threshold": 0,
            "output_action": "append_row",
            "node_count": 1,
            "process_count_per_node": options.workers,
            "environment": {"python": options.python},
            **settings,
        }
        whole = {
            "name": name,
            "inputs": [{"name": "input", "path": str(input_path), **(input_options or {})}],
            "output": str(self.output),
            "arguments": [str(argument) for argument in arguments],
            "parallel_run_config": parallel_run_config,
        }
        self.config.write_text(json.dumps(whole, indent=2), encoding="utf-8")  # JSON is YAML

    def start(self, is_resuming=False):
        """The running program; its messages go to the log."""
        if not is_resuming:
            shutil.rmtree(self.output, ignore_errors=True)
        os.sync()  # what earlier runs left to be written shall not be charged to this one
        with open(self.log, "wb") as log:
            self.started = time.time()
            return subprocess.Popen(
                [self.program, self.config], stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
            )

    def seconds(self, expected_rows):
        """From the command to its end. Exits where it failed or where a row is missing."""
        process = self.start()
        status = process.wait()
        elapsed = time.time() - self.started
        rows = self.row_count()
        if status != 0 or rows != expected_rows:
            self.give_up(f"exit status {status}, {rows} rows of {expected_rows}")
        return elapsed

    def row_count(self):
        try:
            with open(self.output / "parallel_run_step.txt", "rb") as file:
                return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))
        except FileNotFoundError:
            return 0

    def stop(self, process, limit_seconds=60):
        """Asks for an early end, as a scheduler would; returns the exit status."""
        process.send_signal(signal.SIGUSR1)
        try:
            return process.wait(timeout=limit_seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            self.give_up(f"did not stop within {limit_seconds} s of SIGUSR1")

    def give_up(self, reason):
        tail = self.log.read_text(encoding="utf-8", errors="replace")[-3000:]
        raise SystemExit(f"{tail}\n{self.program} {self.config}: {reason}; its messages: {self.log}")


def median(values):
    return statistics.median(list(values))


def spread(values, form="{:.3g}"):
    """Median and range, for people."""
    values = list(values)
    return f"{form.format(median(values))} ({form.format(min(values))} … {form.format(max(values))})"
