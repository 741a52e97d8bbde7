"""ParallelRunConfig and ParallelRunStep of Azure Machine Learning, on your own machines (rule 2.9):

    from prs import ParallelRunConfig, ParallelRunStep

    config = ParallelRunConfig(environment=None, entry_script="digits.py", error_threshold=10, output_action="append_row",
                               compute_target="local", node_count=1, process_count_per_node=2, mini_batch_size=5)
    step = ParallelRunStep("predict-digits", config, inputs=["data/digits"], output="runs/digits")
    result = step.run()
    print(result.output_file, result.rows)

The package starts the program prs_mpi, which does and checks everything. Standard library only, Python 3.8 and later.
"""

from .errors import ConfigurationError, RunFailed
from .parallel_run_config import ParallelRunConfig
from .parallel_run_step import ParallelRunStep
from .result import RunResult
from .stand_ins import OutputFileDatasetConfig, PipelineParameter, what_to_use_instead

__all__ = ["ConfigurationError", "OutputFileDatasetConfig", "ParallelRunConfig", "ParallelRunStep", "PipelineParameter",
           "RunFailed", "RunResult"]


def __getattr__(name):
    """What the cloud's packages have and this one has not is refused by name, also in `from prs import NAME`."""
    instead = what_to_use_instead(name)
    if instead:
        raise ImportError("%s has no meaning here: %s" % (name, instead))
    raise AttributeError("the module 'prs' has no attribute %r" % name)
