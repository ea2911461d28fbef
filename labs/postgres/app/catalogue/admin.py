"""What the admin shows."""

from django.contrib import admin

from catalogue.models import Author, Book, Request, Subject

admin.site.register(Subject)


@admin.register(Author)
class AuthorAdmin(admin.ModelAdmin):
    """Authors, to be searched from the form of a book."""

    search_fields = ["name"]


@admin.register(Book)
class BookAdmin(admin.ModelAdmin):
    """Books, with a filter by shelf."""

    list_display = ["title", "author", "subject", "year", "price"]
    list_filter = ["subject"]
    list_select_related = ["author", "subject"]
    search_fields = ["title", "author__name"]
    autocomplete_fields = ["author"]


@admin.register(Request)
class RequestAdmin(admin.ModelAdmin):
    """What readers asked for."""

    list_display = ["title", "name", "subject", "created"]
    date_hierarchy = "created"
