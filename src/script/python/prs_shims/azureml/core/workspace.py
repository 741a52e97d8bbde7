"""Stand-in: there is one workspace, the run's own."""

import os

from prs_standin.members import member_of
from prs_standin.missing import StandIn

__all__ = ["Workspace"]


class Workspace(StandIn):
    """Whatever it is asked by, it is the same: models come from the run's configuration."""

    def __init__(self, subscription_id=None, resource_group=None, workspace_name=None, **ignored):
        self.subscription_id = subscription_id or os.environ.get("AZUREML_ARM_SUBSCRIPTION", "local")
        self.resource_group = resource_group or os.environ.get("AZUREML_ARM_RESOURCEGROUP", "local")
        self.name = workspace_name or os.environ.get("AZUREML_ARM_WORKSPACE_NAME", "local")
        self.location = "local"

    @classmethod
    def from_config(cls, *arguments, **named):
        return cls()

    @classmethod
    def get(cls, name=None, subscription_id=None, resource_group=None, **ignored):
        return cls(subscription_id, resource_group, name)

    @property
    def models(self):
        from azureml.core.model import Model

        return {model.name: model for model in Model.list(self, latest=True)}

    def __repr__(self):
        return "Workspace(name=%r)" % self.name


def __getattr__(name):
    return member_of(__name__, name)
