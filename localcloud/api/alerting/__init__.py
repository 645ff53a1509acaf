"""Notification policies, and the webhooks that they speak to."""
