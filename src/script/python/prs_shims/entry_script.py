"""The older name of azureml_user.parallel_run."""

from prs_standin.script import EntryScript

__all__ = ["EntryScript"]
