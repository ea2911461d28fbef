"""The blog in the admin."""

from django.contrib import admin

from blog.models import Comment, Post


class CommentInline(admin.TabularInline):
    """Comments below their post."""

    model = Comment
    extra = 0


@admin.register(Post)
class PostAdmin(admin.ModelAdmin):
    """Posts, newest first."""

    list_display = ("title", "published")
    search_fields = ("title",)
    inlines = [CommentInline]
