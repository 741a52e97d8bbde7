"""The script host: the process that calls the user's init(), run() and shutdown() (rules 1.2, 4). Started by prs_mpi:

    python3 prs_host.py <socket>

Standard library only, Python 3.8 and later. Processes that the script makes with multiprocessing's 'spawn' import this file
as their main module; so nothing happens at import, and nothing but `sys` is imported at the top: there the user's folder is
on sys.path already.
"""

import sys


def main():
    import_own_modules()
    import faulthandler
    import os

    import prs_wire as wire
    from prs_end import end_by, flush_all
    from prs_failure import describe

    copy_mark = wire.CopyMark()
    channel = wire.Channel(sys.argv[1])
    faulthandler.enable(channel.stderr)  # a segmentation fault leaves a traceback in the user's stderr file
    payload, memory = channel.receive_setup()
    setup = read_setup(payload)
    if sys.stdout is not None:
        sys.stdout.reconfigure(line_buffering=True)
    try:
        script, encoder, profile, reader = begin(setup)
    except BaseException as error:
        if copy_mark.is_copy():
            os._exit(1)
        flush_all()
        channel.send(wire.INIT_FAILED, b"\0".join(describe(error)))
        raise SystemExit(1)
    if copy_mark.is_copy():  # rule 4.9: a copy that the script forked, and that came back, never answers in its place
        os._exit(0)
    channel.send(wire.READY)

    from prs_loop import serve
    from prs_partition import PartitionKeys
    try:
        serve(channel, memory, script, encoder, copy_mark, reader=reader, keys=PartitionKeys(setup["partition_keys"]))
    except BaseException as error:
        end_by(error, channel, copy_mark)
    text = end(script, profile, setup["profile_file"])
    if copy_mark.is_copy():
        os._exit(0)
    flush_all()
    channel.send(wire.SHUTDOWN_DONE, text)


def import_own_modules():
    """All that the host needs, and what it needs of the standard library, before the user's folder is on sys.path; and
    with what PYTHONPATH adds out of the way, so that no csv.py there takes the place of the library's."""
    import os

    folder = os.path.dirname(os.path.abspath(__file__))
    added = {os.path.abspath(entry) for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry}
    usual = [entry for entry in sys.path if os.path.abspath(entry) != folder]
    sys.path[:] = [folder] + [entry for entry in usual if os.path.abspath(entry) not in added]
    for name in ("prs_wire", "prs_failure", "prs_rows", "prs_entry", "prs_script", "prs_loop", "prs_end",
                 "csv", "json", "struct", "types", "logging", "pickle", "random", "string", "tempfile", "threading"):
        __import__(name)
    # What our modules put at the end of sys.path stays; ours is not the user's.
    appended = [entry for entry in sys.path if entry != folder and entry not in usual]
    sys.path[:] = usual + appended


def read_setup(payload):
    """Paths and arguments came as Latin-1, one character for each byte; models and options as they are."""
    import json
    import os

    setup = json.loads(payload.decode("utf-8"))
    for key in ("entry_script", "import_folder", "profile_file", "run_folder", "output_dir", "log_dir", "working_folder",
                "entry_script_log_file"):
        setup[key] = os.fsdecode(setup[key].encode("latin-1"))
    setup["arguments"] = [os.fsdecode(argument.encode("latin-1")) for argument in setup["arguments"]]
    return setup


def begin(setup):
    """Loads the script and calls its init(). What reads tables and makes columns comes first, and with it pandas and pyarrow:
    later the user's folder would be on sys.path."""
    import prs_entry
    import prs_rows
    import prs_script

    reader = None
    if setup["table_schema"] is not None:
        reader = own_module("prs_tables").TableReader(setup["table_schema"])
    columns = {"parquet": "prs_columns", "hdf5": "prs_hdf5_columns"}.get(setup["row_format"])
    if columns:
        own_module(columns)
    encoder = prs_rows.make_encoder(setup["row_format"], setup["has_header"], setup["to_csv_arguments"])
    prs_entry.install(setup)
    script = prs_script.load(setup["entry_script"], setup["import_folder"], setup["arguments"])
    profile = None
    if setup["profiling_module"] not in ("", "none"):
        profile = own_module("prs_profile").RunProfile(setup["profiling_module"])
        script.run = profile.of(script.run)
    if script.init is not None:
        script.init()
    return script, encoder, profile, reader


def own_module(name):
    """A module of ours that only some runs need."""
    import os

    folder = os.path.dirname(os.path.abspath(__file__))
    sys.path.insert(0, folder)
    try:
        return __import__(name)
    finally:
        sys.path.remove(folder)


def end(script, profile, profile_file):
    """Calls shutdown(); the text of its failure, or of the profile's."""
    from prs_failure import describe

    text = b""
    if script.shutdown is not None:
        try:
            script.shutdown()
        except BaseException as error:
            _, text, detail = describe(error)
            text = text + b"\n" + detail
    if profile is not None and profile_file:
        try:
            profile.write(profile_file)
        except Exception as error:
            text = text or describe(error)[1]
    return text


if __name__ == "__main__":
    main()
