"""Starts one fleet on Python 2.7: a gunicorn master and its forked workers, ready to be measured."""
