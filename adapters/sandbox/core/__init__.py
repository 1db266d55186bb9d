"""What every emulated vendor stands on: state, time, the ledger, acts to come, webhooks and faults."""
