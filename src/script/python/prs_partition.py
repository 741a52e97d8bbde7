"""The partition keys of a run and their values (rule 3.6): what came with a mini-batch, and what a script finds in
`context.partition_key_value`. Used by the host's loops. Standard library only."""

from datetime import datetime


class PartitionKeys:
    """The keys of a run, in the order of `partition_keys`: [{"name": …, "is_date": …, "is_chosen": …}, …]. Those that are not
    chosen are columns only. Their values come as texts, which of a date are those of datetime.isoformat()."""

    def __init__(self, keys=()):
        self._keys = [(key["name"], datetime.fromisoformat if key["is_date"] else str) for key in keys]
        self._is_chosen = [key.get("is_chosen", True) for key in keys]

    def __len__(self):
        return len(self._keys)

    def take_from(self, texts):
        """The texts that stand before the paths of a mini-batch of files. They are no longer there then."""
        values = texts[:len(self._keys)]
        del texts[:len(self._keys)]
        return values

    def texts_by_name(self, texts):
        return {name: text for (name, _), text in zip(self._keys, texts)}

    def values(self, texts):
        """{name: value} of the chosen ones: a text, or a datetime."""
        return {name: made(text) for (name, made), text, chosen in zip(self._keys, texts, self._is_chosen) if chosen}
