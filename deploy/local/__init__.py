"""Kafka, Valkey and the services as plain processes of one machine: for `make up`, and for tests that need servers."""
