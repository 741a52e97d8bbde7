"""The Python package prs passes signals on, and leaves nothing behind however its process ends (rules 2.9, 7.3, 7.6)."""

import os
import signal

from python_door_testing import BEGIN, DoorTest
from run_testing import main, processes_with

RUN = BEGIN + """
try:
    print(step().run().rows)
except KeyboardInterrupt as interrupt:
    print("interrupted:", interrupt)
except RunFailed as failure:
    print("failed:", failure.result.exit_status, failure)
"""
# A handler of the user's own, whose exception leaves run().
OWN_HANDLER = """
import signal
def raise_it(number, frame):
    raise OSError("the user's own")
signal.signal(signal.SIGINT, raise_it)
"""


class PythonDoorSignals(DoorTest):
    items = 12

    def setUp(self):
        super().setUp()
        self.make_files(self.items)
        self.write_noting_script("if int(mini_batch[0][-2:]) > 3: wait_while_held('run')")
        self.hold()

    def start_held(self, text=RUN):
        """A run of which some mini-batches have ended, and which cannot end."""
        process = self.start_python(text)
        self.wait_until(lambda: self.count("ended") >= 4 and self.count("begun") > self.count("ended"), "mini-batches ended")
        return process

    def knows_of_the_end(self):
        return "the run ends early" in self.read(self.out("logs", "sys", "master_role.txt"))

    def stop_in_grace(self, process, number):
        os.kill(process.pid, number)
        self.wait_until(self.knows_of_the_end, "rank 0 knows of it")
        self.let_go()
        ran = self.finish(process)
        self.expect_status(ran, 0)
        self.expect_no_process_left()
        return ran

    def expect_the_rest_to_complete(self, most_repeated=0):
        if os.path.exists(self.path("hold-run")):
            self.let_go()
        ended = self.count("ended")
        self.assertLess(ended, self.items, "the run was stopped before its end")
        self.assertEqual(self.says(RUN), str(self.items))
        self.assertEqual(self.rows(), ["item%05d" % i for i in range(self.items)])
        self.assertEqual(self.repeated("ended")[most_repeated:], [], "done mini-batches were run again")

    def test_ctrl_c_lets_what_runs_finish_and_the_same_call_goes_on(self):
        ran = self.stop_in_grace(self.start_held(), signal.SIGINT)
        self.assertRegex(ran.stdout, r"^interrupted: prs_mpi: interrupted: .*the same command goes on")
        self.expect_the_rest_to_complete()

    def test_sigterm_and_sigusr1_end_the_call_with_status_75(self):
        for number in (signal.SIGTERM, signal.SIGUSR1):
            with self.subTest(signal=number.name):
                if not os.path.exists(self.path("hold-run")):
                    self.hold()
                for kind in ("begun", "ended"):
                    for name in os.listdir(self.path(kind)):
                        os.unlink(self.path(kind, name))
                ran = self.stop_in_grace(self.start_held(RUN.replace("run()", "run(overwrite=True)")), number)
                self.assertRegex(ran.stdout, r"^failed: 75 prs_mpi: interrupted: ")
                self.expect_the_rest_to_complete()

    def test_a_second_ctrl_c_stops_at_once(self):
        process = self.start_held()
        os.kill(process.pid, signal.SIGINT)
        self.wait_until(self.knows_of_the_end, "rank 0 knows of it")
        os.kill(process.pid, signal.SIGINT)
        ran = self.finish(process)  # what runs is held, and would never end
        self.assertIn("interrupted: ", ran.stdout)
        self.expect_no_process_left()
        self.expect_the_rest_to_complete()

    def test_nothing_outlives_a_python_that_is_killed(self):
        process = self.start_held()
        process.kill()
        self.wait_until(lambda: self.knows_of_the_end() or not processes_with(self.mark), "the job hears of it")
        self.let_go()
        self.wait_until(lambda: not processes_with(self.mark), "the job has ended")
        self.finish(process)
        self.expect_the_rest_to_complete(most_repeated=2)

    def test_an_exception_of_a_handler_of_the_users_own_ends_the_job_first(self):
        process = self.start_held(OWN_HANDLER + RUN)
        os.kill(process.pid, signal.SIGINT)
        self.wait_until(lambda: self.knows_of_the_end() or process.poll() is not None, "the job hears of it")
        self.let_go()
        ran = self.finish(process)
        self.assertIn("OSError: the user's own", ran.stderr)
        self.expect_no_process_left()
        self.expect_the_rest_to_complete(most_repeated=2)


if __name__ == "__main__":
    main()
