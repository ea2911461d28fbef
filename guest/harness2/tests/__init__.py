"""Tests of the harness for Python 2.7."""
