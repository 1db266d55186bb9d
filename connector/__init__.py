"""The product: rules, use cases, storage and pages. It knows no vendor and no queue."""
