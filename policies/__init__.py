"""The policy pack: the security checklist for Cloudflare as rules, judged in the engine or from a file."""
