"""How a run ended."""

import os
import re

from .errors import ConfigurationError, RunFailed
from .program import status

_USAGE = 2
# A field of `prs_mpi status --json` → what it is called here.
_COUNTS = {
    "mini_batches": "mini_batches",
    "done": "done_mini_batches",
    "failed": "failed_mini_batches",
    "succeeded_items": "succeeded_items",
    "failed_items": "failed_items",
    "tries": "tries",
    "rows": "rows",
}


class RunResult:
    """How a run ended.

    exit_status      0 where it completed; docs/exit-status.md says what the others mean
    last_line        what the program said last, a text
    run_folder       the absolute path of the run folder
    output_file      the absolute path of the rows; None where there are none (yet)
    mini_batches, done_mini_batches, failed_mini_batches, succeeded_items, failed_items, tries, rows
                     counts, as `prs_mpi status` has them; None where no run was begun
    """

    def __init__(self, exit_status, last_line, run_folder, output_file, counts):
        self.exit_status = exit_status
        self.last_line = last_line
        self.run_folder = run_folder
        self.output_file = output_file
        for field, name in _COUNTS.items():
            setattr(self, name, counts.get(field))

    def __repr__(self):
        return "RunResult(%s)" % ", ".join("%s=%r" % pair for pair in vars(self).items())


def result_of(ended, understood):
    """The result of a job that completed. Raises KeyboardInterrupt, ConfigurationError or RunFailed for any other."""
    if ended.exit_status != 0 and ended.was_interrupted:
        raise KeyboardInterrupt(ended.last_words)
    if ended.exit_status == _USAGE:
        raise ConfigurationError([re.sub("^prs_mpi: ", "", ended.last_words)])
    folder, keys = understood["output"], understood["parallel_run_config"]
    file = os.path.join(folder, keys["append_row_file_name"])
    has_rows = keys["output_action"] == "append_row" and os.path.exists(file)
    result = RunResult(ended.exit_status, ended.last_words, folder, file if has_rows else None, status(folder))
    if ended.exit_status != 0:
        raise RunFailed(result)
    return result
