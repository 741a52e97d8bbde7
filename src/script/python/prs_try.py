"""One try: how run() is called with a context, and what a try's exception comes to. Used by prs_loop and prs_loop_tables.

Whose an exception is: what run() raises, and what the encoder meets in the values that run() returned, is the try's. What
arises in the host's own modules is nobody's try (prs_failure.is_ours): it leaves serve(), as does what code of the user's
raises while none of it was called, such as a signal's handler. How the worker hears of it: end_by().
"""

import os

from prs_end import exit_code
from prs_failure import describe, is_ours
from prs_rows import BadReturn
from prs_standin.batch import Context
from prs_wire import BAD_RETURN, RUN_EXCEPTION


def run_with_context(run, call_form, mini_batch, index, retries, key_values):
    """`key_values`: those of the partition keys, by their names."""
    if call_form == "batch":
        return run(mini_batch)
    context = Context(index, key_values, retries, None, mini_batch)
    return run(mini_batch, context) if call_form == "context" else run(mini_batch, context=context)


def failed_try(error, is_machinery, ring, copy_mark, status=RUN_EXCEPTION):
    """(rows, status, texts) of a try that ends by this exception. Raises it again where it is no try's: that is asked where
    `is_machinery` says that none of the user's code was called when it came."""
    if copy_mark.is_copy():
        os._exit(exit_code(error))
    if is_machinery and (ring.failure is not None or is_ours(error)):
        raise error
    ring.pending = b""
    texts = (b"", *describe(error))
    BaseException.with_traceback(error, None)  # its frames hold the user's objects
    return 0, BAD_RETURN if type(error) is BadReturn else status, texts
