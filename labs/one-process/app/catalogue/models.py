"""The tables of the catalogue."""

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class Author(models.Model):
    """A person who wrote books."""

    name = models.CharField(_("name"), max_length=80, unique=True)

    class Meta:
        verbose_name = _("author")
        verbose_name_plural = _("authors")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Subject(models.Model):
    """A shelf."""

    title = models.CharField(_("title"), max_length=40, unique=True)

    class Meta:
        verbose_name = _("subject")
        verbose_name_plural = _("subjects")
        ordering = ["title"]

    def __str__(self) -> str:
        return self.title


class Book(models.Model):
    """A book on a shelf."""

    title = models.CharField(_("title"), max_length=120, db_index=True)
    author = models.ForeignKey(Author, models.CASCADE, related_name="books", verbose_name=_("author"))
    subject = models.ForeignKey(Subject, models.CASCADE, related_name="books", verbose_name=_("subject"))
    year = models.PositiveSmallIntegerField(_("year"))
    pages = models.PositiveSmallIntegerField(_("pages"))
    price = models.DecimalField(_("price"), max_digits=6, decimal_places=2)
    added = models.DateTimeField(_("added"))

    class Meta:
        verbose_name = _("book")
        verbose_name_plural = _("books")
        ordering = ["title", "pk"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """The page of this book, in the current language."""
        return reverse("book", args=[self.pk])


class Request(models.Model):
    """A reader asks for a book that the library does not have."""

    name = models.CharField(_("your name"), max_length=80)
    email = models.EmailField(_("e-mail"))
    title = models.CharField(_("title"), max_length=120)
    subject = models.ForeignKey(Subject, models.CASCADE, verbose_name=_("subject"))
    created = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("request")
        verbose_name_plural = _("requests")
        ordering = ["-created"]

    def __str__(self) -> str:
        return self.title
