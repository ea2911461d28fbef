"""Tests of the blog, on its real fixture; `python2 -m unittest discover -t . -s tests` in the application's folder."""
