"""What an entry script imports to reach its logger and folders."""

from prs_standin.script import EntryScript

__all__ = ["EntryScript"]
