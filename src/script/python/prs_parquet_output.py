"""A Parquet file of a run's rows, from the record batches that its tries made (rule 5.2). A worker starts it with the user's
interpreter:

    python3 prs_parquet_output.py <file with the rows> <first byte> <end> <file to write> <mark>

The rows are the line that settles the run's columns (prs_column_types), then what prs_columns emitted, in the order of the
mini-batches. The file gets those of the bytes from the first one up to the end. Both lie between mini-batches.
The mark is kept in the footer, so that the file can be told from another one.
The file has another name until it is whole and synced; so what has its name is whole.
The last line of standard output is {} or {"error": text}; the exit status is 1 then.
"""

import json
import os
import sys

_GROUP_ROWS = 1 << 20
_GROUP_BYTES = 128 << 20  # in memory
_READ_BYTES = 1 << 20
_MARK = b"prs_mpi.rows"


class Unusable(Exception):
    """Why there is no Parquet file, for people."""


def main(arguments):
    try:
        write(*arguments)
        said = {}
    except Unusable as error:
        said = {"error": str(error)}
    sys.stdout.write("\n%s\n" % json.dumps(said))
    return 1 if said else 0


def write(rows_file, begin, end, parquet_file, mark):
    from prs_column_types import schema_of

    building = beside(parquet_file)
    with open(rows_file, "rb", buffering=_READ_BYTES) as rows:
        schema = schema_of(rows.readline().decode("utf-8"))
        rows.seek(int(begin))
        try:
            write_groups(groups_of(rows, int(end), schema), schema.with_metadata({_MARK: mark}), building)
            sync(building)
            os.rename(building, parquet_file)
        except OSError as error:
            try_to_remove(building)  # a full disk has room again
            raise Unusable("cannot write %s: %s" % (parquet_file, error)) from error


def beside(path):
    """A name that no other process takes, not even one on a host that was given up. Readers of a folder leave it out."""
    folder, name = os.path.split(path)
    return os.path.join(folder, ".%s.%s-%d" % (name, os.uname().nodename, os.getpid()))


def write_groups(groups, schema, path):
    import pyarrow
    from pyarrow import parquet

    with pyarrow.OSFile(os.fsencode(path), "wb") as sink:
        with parquet.ParquetWriter(sink, schema, version="2.6") as writer:
            for group in groups:
                writer.write_table(group, row_group_size=group.num_rows)


def sync(path):
    file = os.open(path, os.O_WRONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def groups_of(rows, end, schema):
    """Tables of the size of a row group, of the rows before the byte `end`. A small mini-batch has none of its own."""
    import pyarrow

    batches, count, size = [], 0, 0
    while rows.tell() < end:
        batch = pyarrow.ipc.read_record_batch(pyarrow.ipc.read_message(rows), schema)
        if batches and (count + batch.num_rows > _GROUP_ROWS or size + batch.nbytes > _GROUP_BYTES):
            yield table_of(batches)
            batches, count, size = [], 0, 0
        batches.append(batch)
        count += batch.num_rows
        size += batch.nbytes
    if batches:
        yield table_of(batches)


def table_of(batches):
    import pyarrow

    return pyarrow.Table.from_batches(batches).combine_chunks()


def try_to_remove(path):
    try:
        if os.path.isfile(path):  # by mistake it might be a device
            os.unlink(path)
    except OSError:
        pass


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
