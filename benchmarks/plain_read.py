#!/usr/bin/env python3
"""The other side of read_csv.py and hdf5_in.py: reads a table at once and prints, as JSON, its rows and the seconds that it took.

Usage: plain_read.py pandas|pyarrow|dask|ray|h5py FILE. The imports, and the start of Ray's own processes, are not counted.
"""

import json
import sys
import time


def rows_by_pandas(path):
    import pandas

    begun = time.time()
    return len(pandas.read_csv(path)), time.time() - begun


def rows_by_pyarrow(path):
    import pyarrow.csv

    begun = time.time()
    return len(pyarrow.csv.read_csv(path).to_pandas()), time.time() - begun


def rows_by_dask(path):
    """In as many processes as there are cores, each of which has its DataFrames: nothing but their lengths is collected."""
    import dask
    import dask.dataframe

    begun = time.time()
    with dask.config.set(scheduler="processes"):
        lengths = dask.dataframe.read_csv(path).map_partitions(len).compute()
    return int(sum(lengths)), time.time() - begun


def rows_by_ray(path):
    """The same by Ray's tasks."""
    import ray

    ray.init(log_to_driver=False)
    begun = time.time()
    batches = ray.data.read_csv(path).map_batches(lambda frame: {"rows": [len(frame)]}, batch_format="pandas", batch_size=None)
    return int(batches.sum("rows")), time.time() - begun


def rows_by_h5py(path):
    import h5py
    import pandas

    begun = time.time()
    with h5py.File(path) as file:
        frame = pandas.DataFrame(
            {name: values.asstr()[:] if h5py.check_string_dtype(values.dtype) else values[:] for name, values in file.items()}
        )
    return len(frame), time.time() - begun


def main():
    readers = {"pandas": rows_by_pandas, "pyarrow": rows_by_pyarrow, "dask": rows_by_dask, "ray": rows_by_ray, "h5py": rows_by_h5py}
    count, seconds = readers[sys.argv[1]](sys.argv[2])
    print(json.dumps({"count": count, "seconds": seconds}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
