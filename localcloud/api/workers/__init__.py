"""Workers: code, versions, deployments, and where they are reached."""
