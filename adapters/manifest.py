"""Reads manifest.json, the one declaration of what the app asks of a CRM."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

MANIFEST_PATH = Path(__file__).resolve().parents[1] / "manifest.json"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Scopes(_Part):
    """The OAuth scopes the app asks for; `reasons` says of each in a sentence why."""

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    reasons: dict[str, str] = Field(default_factory=dict)


class PropertyGroup(_Part):
    """The group that holds our properties on a record's page."""

    name: str
    label: str


class PropertySpec(_Part):
    """A property of ours on contacts; `options` are pairs of value and label."""

    name: str
    label: str
    type: str
    field_type: str = Field(alias="fieldType")
    description: str = ""
    options: tuple[tuple[str, str], ...] = ()


class Subscription(_Part):
    """A kind of webhook event; `property` for a change of that property only."""

    type: str
    property: str = ""


class Webhooks(_Part):
    """Where the CRM sends its events, and which."""

    path: str
    subscriptions: tuple[Subscription, ...]


class ActionInput(_Part):
    """A field of a workflow action; `options_path` answers with what may be chosen."""

    name: str
    label: str
    type: str
    field_type: str = Field(alias="fieldType")
    description: str = ""
    options_path: str = ""
    is_required: bool = False


class ActionOutput(_Part):
    """A value that a workflow action hands to the next steps of the workflow."""

    name: str
    label: str
    type: str


class Action(_Part):
    """An action a CRM workflow may take."""

    key: str
    label: str
    description: str
    path: str
    object_type: str
    inputs: tuple[ActionInput, ...]
    outputs: tuple[ActionOutput, ...]


class HubSpotPart(_Part):
    """What is asked of HubSpot."""

    api_version: str
    redirect_path: str
    scopes: Scopes
    property_group: PropertyGroup
    properties: tuple[PropertySpec, ...]
    webhooks: Webhooks
    actions: tuple[Action, ...]


class Manifest(BaseModel):
    """The whole declaration. Parts of other CRMs are left to their adapters."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str
    description: str
    hubspot: HubSpotPart


@lru_cache(maxsize=4)
def load_manifest(path: Path = MANIFEST_PATH) -> Manifest:
    """The manifest. Raises pydantic's ValidationError naming what is wrong in the file."""
    return Manifest.model_validate_json(path.read_bytes())
