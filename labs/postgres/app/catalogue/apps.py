"""Registers the catalogue with Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CatalogueConfig(AppConfig):
    """The one application of this project."""

    name = "catalogue"
    verbose_name = _("Catalogue")
