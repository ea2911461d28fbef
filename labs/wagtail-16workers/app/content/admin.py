"""Django's own admin, with import and export of snippets."""

from django.contrib import admin
from import_export.admin import ImportExportModelAdmin

from content.models import Author, Topic


@admin.register(Author)
class AuthorAdmin(ImportExportModelAdmin):
    """Authors."""

    list_display = ("name",)
    search_fields = ("name",)


@admin.register(Topic)
class TopicAdmin(ImportExportModelAdmin):
    """Topics."""

    list_display = ("title", "locale")
    list_filter = ("locale",)
