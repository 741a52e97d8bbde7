"""The models of a run: from `models:` of the configuration, and registered by scripts, in models/<name>/<version>/ of
the run folder: `model.json` and, below `files/`, what was registered."""

import errno
import itertools
import json
import os
import re
import shutil

from prs_standin import state
from prs_standin.files import copy_whole

_numbers = itertools.count()


class ModelNotFound(LookupError):
    """No such model, or not in that version."""


class Record:
    def __init__(self, name, version, path, tags=None, properties=None, description=None):
        self.name = name
        self.version = _as_number(version if version not in (None, "") else 1)
        self.path = path
        self.tags = _as_dictionary(tags)
        self.properties = _as_dictionary(properties)
        self.description = description or ""


def find(name, version=None, tags=None, properties=None):
    """The newest model of this name, or the one of this version. ModelNotFound says which there are."""
    known = _all()
    found = [record for record in known if record.name == name]
    if not found:
        names = sorted({record.name for record in known})
        raise ModelNotFound(
            "no model '%s' in this run; known: %s. Add it to `models:` in the configuration: models: {%s: PATH}"
            % (name, ", ".join(names) or "none", name)
        )
    matching = [
        record
        for record in found
        if (version is None or str(record.version) == str(version))
        and _has(record.tags, tags)
        and _has(record.properties, properties)
    ]
    if not matching:
        raise ModelNotFound(
            "no model '%s' of version %s, tags %s; known versions: %s. Mend its entry under `models:` in the "
            "configuration" % (name, version or "any", tags or "any", ", ".join(str(r.version) for r in found))
        )
    record = matching[-1]
    if not os.path.exists(record.path):
        raise ModelNotFound(
            "model '%s' is at %s by the configuration, and nothing is there; mend its path under `models:`"
            % (name, record.path)
        )
    return record


def all_matching(name=None, tags=None, properties=None, is_latest_only=False):
    found = [
        record
        for record in _all()
        if (name is None or record.name == name) and _has(record.tags, tags) and _has(record.properties, properties)
    ]
    if is_latest_only:
        found = list({record.name: record for record in found}.values())
    return found


def register(name, path, tags, properties, description, child_paths):
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,254}", name):
        raise ValueError("'%s' is no name for a model; allowed are letters, digits, '.', '_' and '-'" % name)
    if not os.path.exists(path):
        raise FileNotFoundError("model '%s' cannot be registered: nothing is at %s" % (name, path))
    folder = os.path.join(_folder(), name)
    os.makedirs(folder, exist_ok=True)
    building = os.path.join(folder, ".new-%d-%s-%d" % (os.getpid(), os.uname().nodename, next(_numbers)))
    own_name = os.path.basename(os.path.abspath(path))
    try:
        for child in child_paths or [""]:
            copy_whole(
                os.path.join(path, child) if child else path,
                os.path.join(building, "files", own_name, child).rstrip("/"),
            )
        description_file = {
            "file": own_name,
            "tags": _as_dictionary(tags),
            "properties": _as_dictionary(properties),
            "description": description,
        }
        with open(os.path.join(building, "model.json"), "w", encoding="utf-8", errors="surrogateescape") as file:
            json.dump(description_file, file, default=str)
        version = _claim_version(building, folder, name)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise
    return find(name, version)


def _claim_version(building, folder, name):
    """Gives the finished folder the next version as its name; where another worker took it, the one after."""
    numbers = [record.version for record in _all() if record.name == name and isinstance(record.version, int)]
    for version in itertools.count(max(numbers, default=0) + 1):
        try:
            os.rename(building, os.path.join(folder, str(version)))
            return version
        except OSError as error:
            if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
                raise


def _all():
    """By name, older versions first."""
    found = [
        Record(name, entry.get("version"), entry["path"], entry.get("tags"), description=entry.get("description"))
        for name, entry in _configured().items()
    ]
    folder = _folder()
    for name in _listed(folder):
        for version in _listed(os.path.join(folder, name)):
            place = os.path.join(folder, name, version)
            with open(os.path.join(place, "model.json"), encoding="utf-8", errors="surrogateescape") as file:
                entry = json.load(file)
            found.append(
                Record(
                    name,
                    version,
                    os.path.join(place, "files", entry["file"]),
                    entry["tags"],
                    entry["properties"],
                    entry["description"],
                )
            )
    return sorted(
        found,
        key=lambda record: (
            record.name,
            isinstance(record.version, int),
            record.version if isinstance(record.version, int) else 0,
            str(record.version),
        ),
    )


def _configured():
    """An entry may be the path alone."""
    entries = state.setting("models", {}) or {}
    return {name: entry if isinstance(entry, dict) else {"path": entry} for name, entry in entries.items()}


def model_folder():
    """What AZUREML_MODEL_DIR is to be: the folder that holds the one model's path; '' where there is not just one."""
    entries = list(_configured().values())
    return os.path.dirname(os.path.normpath(entries[0]["path"])) if len(entries) == 1 else ""


def _folder():
    return os.path.join(state.setting("run_folder"), "models")


def _listed(folder):
    try:
        return sorted(name for name in os.listdir(folder) if not name.startswith("."))
    except FileNotFoundError:
        return []


def _has(present, wanted):
    """`wanted`: a dictionary, or a list of names and of [name, value] pairs."""
    pairs = (
        wanted.items()
        if isinstance(wanted, dict)
        else [(entry, None) if isinstance(entry, str) else tuple(entry) for entry in wanted or []]
    )
    return all(key in present and (value is None or str(present[key]) == str(value)) for key, value in pairs)


def _as_number(version):
    return int(version) if re.fullmatch(r"[0-9]{1,18}", str(version)) else version


def _as_dictionary(tags):
    if isinstance(tags, (list, tuple)):
        return {str(tag): "" for tag in tags}
    return dict(tags or {})
