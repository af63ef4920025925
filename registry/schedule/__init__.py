"""The operator's room: jobs, runner, outbox worker, invariants, health."""
