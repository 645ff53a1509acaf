"""Rulesets: what a zone makes of requests and answers, phase by phase."""
