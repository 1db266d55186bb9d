"""HubSpot, the host CRM: its OAuth, records, timeline, webhooks and workflow actions."""
