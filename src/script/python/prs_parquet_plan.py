"""The row groups of Parquet files, from their footers (rule 3.4). Rank 0 starts it with the user's interpreter:

    python3 prs_parquet_plan.py <file with the paths, a NUL after each> <file for the answer>

The answer has 64-bit numbers, little-endian. For each path the number of its row groups, or 2**64 − 1 for a file that cannot be
read; then rows and bytes of each group. Bytes are those of the file, divided by what the groups take when they are unpacked.
The last line of standard output is {} or {"error": text}; the exit status is 1 then.
"""

import array
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor

from prs_table_error import TableError
from prs_table_parquet import opened, pyarrow_parquet

_UNREADABLE = 2**64 - 1
_THREADS = 32  # a footer is waited for, from a file server perhaps
_AT_ONCE = 10000


def main(arguments):
    try:
        pyarrow_parquet()
        with open(arguments[0], "rb") as request, open(arguments[1], "ab") as answer:
            write_groups(request.read().split(b"\0")[:-1], answer)
        said = {}
    except TableError as error:
        said = {"error": str(error)}
    sys.stdout.write("\n%s\n" % json.dumps(said))
    return 1 if said else 0


def write_groups(paths, answer):
    """`answer`: a file that is appended to."""
    for begin in range(0, len(paths), _AT_ONCE):
        write_in_child(paths[begin : begin + _AT_ONCE], answer)


def write_in_child(paths, answer):
    """A footer that crashes the process that reads it costs itself alone. It is looked for by halves."""
    before = os.fstat(answer.fileno()).st_size
    child = os.fork()
    if child == 0:
        status = 1
        try:
            with ThreadPoolExecutor(_THREADS) as pool:
                write_numbers(pool.map(groups_of, paths), answer)
            status = 0
        finally:
            os._exit(status)
    if os.waitpid(child, 0)[1] == 0:
        return
    os.ftruncate(answer.fileno(), before)
    if len(paths) == 1:
        write_numbers([None], answer)
        return
    middle = len(paths) // 2
    write_in_child(paths[:middle], answer)
    write_in_child(paths[middle:], answer)


def write_numbers(groups_of_files, answer):
    numbers = array.array("Q")
    for groups in groups_of_files:
        numbers.append(_UNREADABLE if groups is None else len(groups))
        for group in groups or []:
            numbers.extend(group)
    if sys.byteorder == "big":
        numbers.byteswap()
    answer.write(numbers.tobytes())
    answer.flush()


def groups_of(path):
    """[(rows, bytes), …] of a file; None where it cannot be read."""
    try:
        size = os.stat(path).st_size
        if is_beside_the_data(os.path.basename(path), size):
            return []
        metadata = opened(path).metadata
        groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
        shares = [(group.num_rows, max(group.total_byte_size, 0)) for group in groups]
        if not all(0 <= rows < 2**62 for rows, _ in shares):
            return None
        total = sum(share for _, share in shares)
        return [(rows, size * share // total if total else size) for rows, share in shares]
    except Exception:  # whoever tries its mini-batch tells what is wrong
        return None


def is_beside_the_data(name, size):
    """Whether it is one of those that Spark and its like write beside the files with rows: a mark, or a summary."""
    return name in (b"_metadata", b"_common_metadata") or (name.startswith(b"_") and size == 0)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
