"""Statements about the session and the deployment, one file per family."""
