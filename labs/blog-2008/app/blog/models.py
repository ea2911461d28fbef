"""The tables of the blog."""

from django.db import models
from django.urls import reverse
from django.utils.encoding import python_2_unicode_compatible


@python_2_unicode_compatible
class Post(models.Model):
    """An entry of the blog."""

    title = models.CharField(max_length=120)
    body = models.TextField()
    published = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["-published", "pk"]

    def __str__(self):
        # type: () -> str
        return self.title

    def get_absolute_url(self):
        # type: () -> str
        """The page of this post."""
        return reverse("post", args=[self.pk])


@python_2_unicode_compatible
class Comment(models.Model):
    """What a reader says to a post."""

    post = models.ForeignKey(Post, models.CASCADE, related_name="comments")
    author = models.CharField(max_length=80)
    text = models.TextField()

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        # type: () -> str
        return self.author
