"""Whole files up and down, and copies within S3."""
