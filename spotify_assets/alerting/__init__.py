"""Telling people of failed runs and checks: what is said and measured, when, and how it is sent."""
