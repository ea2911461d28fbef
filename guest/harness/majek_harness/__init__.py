"""Starts one fleet: a gunicorn master and its forked workers, ready to be measured."""
