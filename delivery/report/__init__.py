"""A page of one rollout, made from its ledger alone: what one attaches to an incident."""
