"""All ports of one process, together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from connector.ports.crm import CrmFactory
from connector.ports.doors import CrmDoor
from connector.ports.process import CallMeter, Clock, JobQueue, Vault
from connector.ports.sending import Caller, EmailSender, TextSender
from connector.ports.voice import VoiceDoor
from connector.ports.webhooks import WebhookSource
from connector.ports.workflows import ActionDoor


@dataclass(frozen=True, slots=True)
class Outside:
    """Everything outside, wired once per process by `adapters.wiring`."""

    clock: Clock
    queue: JobQueue
    vault: Vault
    texts: TextSender
    calls: Caller
    emails: EmailSender
    voice: VoiceDoor
    webhooks: Mapping[str, WebhookSource]
    crm_doors: Mapping[str, CrmDoor]
    crms: Mapping[str, CrmFactory]
    actions: Mapping[str, ActionDoor]
    #: Of CRMs that allow so many calls in a time.
    meters: Mapping[str, CallMeter] = field(default_factory=dict)
