"""What the service does, told in terms of its ports: ingest, draft, converse."""
