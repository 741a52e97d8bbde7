"""The host's loop (rules 1.2, 6.1), with a worker that is played: what stands in the result ring."""

import datetime
import unittest

import host_python  # noqa: F401
import prs_entry  # noqa: F401, before what needs the stand-ins
import prs_loop
import prs_partition
import prs_rows
import prs_wire as wire
from played_worker import RUN_NS, Copy, PlayedWorker, ScriptWithContext, serve


class PartitionKeysTest(unittest.TestCase):
    KEYS = prs_partition.PartitionKeys([{"name": "on", "is_date": True}, {"name": "store", "is_date": False}])
    TEXTS = b"2024-01-31T23:59:01\0\0"

    def test_their_values_are_no_paths(self):
        worker = PlayedWorker(2, texts_before=self.TEXTS)
        serve(worker, lambda mini_batch: [str(mini_batch)], keys=self.KEYS)
        self.assertEqual(worker.rows_of(), {1: b"['item1']\n", 2: b"['item2']\n"})

    def test_the_context_has_them_in_the_order_of_the_keys(self):
        worker, seen = PlayedWorker(1, texts_before=self.TEXTS), []
        script = ScriptWithContext(worker, lambda got: seen.append(got) or ["x"])
        encoder = prs_rows.make_encoder("text", False, {})
        prs_loop.serve(worker, worker.memory, script, encoder, Copy, worker.now, keys=self.KEYS)
        (paths, values), = seen
        self.assertEqual(paths, ["item1"])
        self.assertEqual(list(values.items()), [("on", datetime.datetime(2024, 1, 31, 23, 59, 1)), ("store", "")])

    def test_there_are_none_in_most_runs(self):
        worker, seen = PlayedWorker(1), []
        script = ScriptWithContext(worker, lambda got: seen.append(got) or ["x"])
        encoder = prs_rows.make_encoder("text", False, {})
        prs_loop.serve(worker, worker.memory, script, encoder, Copy, worker.now)
        self.assertEqual(seen, [(["item1"], {})])


class TimesTest(unittest.TestCase):
    def test_the_time_that_a_result_waits_for_room_belongs_to_nobody(self):
        # One record each; then chunks, of which the last one is the record's own; then results with texts.
        def fail(mini_batch):
            raise ValueError("x" * 900 + "\n" + "y" * 60000)

        for row in (lambda _: ["x" * 60000], lambda _: ["x" * 250000] * 3, fail):
            worker = PlayedWorker(200)
            starts = []

            def run(mini_batch):
                starts.append(worker.time - RUN_NS - worker.words[wire.PHASE_STARTED])
                return row(mini_batch)

            serve(worker, run)
            self.assertGreater(worker.waits, 1)
            self.assertEqual(len(worker.ends()), 200)
            self.assertEqual({(end.process_ns, end.run_ns) for end in worker.ends()}, {(RUN_NS, RUN_NS)})
            self.assertEqual(set(starts), {0}, "the time limit of run() begins with run()")

    def test_a_recalled_task_that_waits_for_room_costs_the_next_one_nothing(self):
        worker = PlayedWorker(100)

        def recall_the_next(mini_batch):
            sequence = int(mini_batch[0][4:])
            if worker.words[wire.PUBLISHED] % wire.RING_BYTES > wire.RING_BYTES - 60100:
                worker.words[wire.RECALL_FROM], worker.words[wire.RECALL_TO] = sequence + 1, sequence + 2
            room = wire.RING_BYTES - worker.words[wire.PUBLISHED] % wire.RING_BYTES
            return ["x" * (room - 49 if room < 60100 else 60000)]

        serve(worker, recall_the_next)
        kinds = [record.kind for record in worker.records]
        self.assertIn(wire.RETURNED, kinds)
        self.assertGreater(worker.waits, 0)
        self.assertEqual({(end.process_ns, end.run_ns) for end in worker.ends()}, {(RUN_NS, RUN_NS)})


class RowsTest(unittest.TestCase):
    def test_each_result_has_its_own_rows(self):
        def row(mini_batch):
            number = int(mini_batch[0][4:])
            if number % 4 == 0:
                raise ValueError(number)
            return ({"n": number, "x": "x" * (50000 * (number % 3))} for _ in range(number % 5))

        worker = PlayedWorker(40, in_frames_of=7)
        serve(worker, row, "csv")
        self.assertEqual([end.rows for end in worker.ends()], [0 if n % 4 == 0 else n % 5 for n in range(1, 41)])
        self.assertEqual(
            worker.rows_of(),
            {n: b"%d,%s\n" % (n, b"x" * (50000 * (n % 3))) * (n % 5) for n in range(1, 41) if n % 4},
        )


if __name__ == "__main__":
    unittest.main()
