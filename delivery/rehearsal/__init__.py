"""Rehearsals: a rollout on the local cloud with users and a fault, and what the users felt. Nothing here decides anything."""
