"""What goes wrong, as exceptions."""


class ConfigurationError(ValueError):
    """The program refuses a configuration; nothing ran. `mistakes` has one text for each mistake."""

    def __init__(self, mistakes):
        super().__init__("\n".join(mistakes))
        self.mistakes = list(mistakes)


class RunFailed(RuntimeError):
    """A run did not complete. The text is the last line of the program; `result` is a RunResult.

    `result.exit_status` is 1 where the job failed, 2 for a mistake in the input, 3 for trouble with the machine, and 75 where
    the run was interrupted. After 3 and 75 the same call goes on with what is not done.
    """

    def __init__(self, result):
        super().__init__(result.last_line or "prs_mpi ended with exit status %d" % result.exit_status)
        self.result = result
