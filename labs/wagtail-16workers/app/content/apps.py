"""The Django application."""

from django.apps import AppConfig


class ContentConfig(AppConfig):
    """Pages and snippets of the site."""

    name = "content"
