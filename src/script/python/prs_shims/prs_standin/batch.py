"""What run() gets (rule 4.2). Made once for each mini-batch, so they cost next to nothing; here, and not beside the
host, so that spawned processes can unpickle them."""


class MiniBatch(list):
    """The paths of a mini-batch. The host assigns its index; the text of it is made when a script asks for it."""

    __slots__ = ("minibatch_index", "__dict__", "__weakref__")

    @property
    def task_id(self):
        """The index as text."""
        return str(getattr(self, "minibatch_index", ""))

    @task_id.setter
    def task_id(self, text):
        self.minibatch_index = text


class Context:
    """The second argument of run(mini_batch, context)."""

    __slots__ = ("minibatch_index", "partition_key_value", "retry_count", "global_row_index_lower_bound", "dataset")

    def __init__(
        self, minibatch_index, partition_key_value=None, retry_count=0, global_row_index_lower_bound=None, dataset=None
    ):
        self.minibatch_index = minibatch_index
        self.partition_key_value = partition_key_value
        self.retry_count = retry_count
        self.global_row_index_lower_bound = global_row_index_lower_bound
        self.dataset = dataset

    def __repr__(self):
        return (
            "Context(minibatch_index=%r, partition_key_value=%r, retry_count=%r, global_row_index_lower_bound=%r)"
            % (self.minibatch_index, self.partition_key_value, self.retry_count, self.global_row_index_lower_bound)
        )
