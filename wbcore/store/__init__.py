"""What all features share: database, tables, encryption, heartbeats, the sellers' quotas, migrations."""
