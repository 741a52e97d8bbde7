"""How a run ended."""

import os
import re

from .errors import ConfigurationError, RunFailed

_USAGE = 2
# A row of logs/job_result.txt → what its numbers are.
_ROWS = {
    "Mini-batches": ("mini_batches",),
    "  done": ("done_mini_batches",),
    "  failed": ("failed_mini_batches",),
    "Items": ("succeeded_items", "failed_items"),
    "Tries": ("tries",),
    "Rows": ("rows",),
}


class RunResult:
    """How a run ended.

    exit_status      0 where it completed; docs/exit-status.md says what the others mean
    last_line        what the program said last, a text
    run_folder       the absolute path of the run folder
    output_file      the absolute path of the rows; None where there are none (yet)
    mini_batches, done_mini_batches, failed_mini_batches, succeeded_items, failed_items, tries, rows
                     counts, as logs/job_result.txt has them; None where it has not
    """

    def __init__(self, exit_status, last_line, run_folder, output_file, counts):
        self.exit_status = exit_status
        self.last_line = last_line
        self.run_folder = run_folder
        self.output_file = output_file
        for names in _ROWS.values():
            for name in names:
                setattr(self, name, counts.get(name))

    def __repr__(self):
        return "RunResult(%s)" % ", ".join("%s=%r" % pair for pair in vars(self).items())


def result_of(ended, understood):
    """The result of a job that completed. Raises KeyboardInterrupt, ConfigurationError or RunFailed for any other."""
    folder, keys = understood["output"], understood["parallel_run_config"]
    file = os.path.join(folder, keys["append_row_file_name"])
    has_rows = keys["output_action"] == "append_row" and os.path.exists(file)
    result = RunResult(ended.exit_status, ended.last_words, folder, file if has_rows else None, _counts(folder))
    if ended.exit_status == 0:
        return result
    if ended.was_interrupted:
        raise KeyboardInterrupt(ended.last_words)
    if ended.exit_status == _USAGE:
        raise ConfigurationError([re.sub("^prs_mpi: ", "", ended.last_words)])
    raise RunFailed(result)


def _counts(folder):
    counts = {}
    try:
        with open(os.path.join(folder, "logs", "job_result.txt"), encoding="utf-8", errors="replace") as stream:
            lines = stream.read().splitlines()
    except OSError:
        return counts
    for line in lines:
        for row, names in _ROWS.items():
            if line.startswith(row + "  "):
                numbers = [int(number.replace(" ", "")) for number in re.findall(r"\d[\d ]*", line[len(row):])]
                counts.update(zip(names, numbers))
    return counts
