"""Stand-in: see azureml_user.parallel_run."""

import pkgutil

__path__ = pkgutil.extend_path(__path__, __name__)
