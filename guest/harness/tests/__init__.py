"""Tests of the harness, with the real gunicorn and real processes.

`python3 -m unittest discover -t . -s tests` in guest/harness, or pytest. They need gunicorn 26.
"""
