"""Page types, snippets and settings of the site."""

from typing import Any, ClassVar

from django.db import models
from django.http import HttpRequest
from django.template.response import TemplateResponse
from modelcluster.contrib.taggit import ClusterTaggableManager
from modelcluster.fields import ParentalKey
from taggit.models import TaggedItemBase
from wagtail.admin.panels import FieldPanel, FieldRowPanel, InlinePanel, MultiFieldPanel
from wagtail.api import APIField
from wagtail.contrib.forms.models import AbstractForm, AbstractFormField
from wagtail.contrib.forms.panels import FormSubmissionsPanel
from wagtail.contrib.routable_page.models import RoutablePageMixin, path
from wagtail.contrib.settings.models import BaseSiteSetting, register_setting
from wagtail.fields import RichTextField, StreamField
from wagtail.models import DraftStateMixin, Orderable, Page, RevisionMixin, TranslatableMixin
from wagtail.search import index
from wagtail.snippets.models import register_snippet

from content.blocks import BodyBlock

PER_PAGE = 10


@register_setting
class Organisation(BaseSiteSetting):
    """What the footer says."""

    address = models.CharField(max_length=200, blank=True)
    motto = models.CharField(max_length=200, blank=True)


@register_snippet
class Topic(TranslatableMixin, models.Model):
    """What an article is about."""

    title = models.CharField(max_length=80)

    panels: ClassVar = [FieldPanel("title")]

    class Meta(TranslatableMixin.Meta):
        ordering: ClassVar = ["title"]

    def __str__(self) -> str:
        return self.title


@register_snippet
class Author(DraftStateMixin, RevisionMixin, index.Indexed, models.Model):
    """Who writes articles."""

    name = models.CharField(max_length=80)
    about = RichTextField(blank=True)

    panels: ClassVar = [FieldPanel("name"), FieldPanel("about")]
    search_fields: ClassVar = [index.SearchField("name"), index.AutocompleteField("name")]

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class HomePage(Page):
    """The first page: what is new in each section."""

    introduction = RichTextField(blank=True)
    body = StreamField(BodyBlock(), blank=True)

    content_panels: ClassVar = [*Page.content_panels, FieldPanel("introduction"), FieldPanel("body")]
    search_fields: ClassVar = [*Page.search_fields, index.SearchField("introduction"), index.SearchField("body")]

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The newest articles and the next events."""
        context: dict[str, Any] = super().get_context(request, *args, **kwargs)
        articles = ArticlePage.objects.descendant_of(self).live()
        context["articles"] = articles.select_related("author", "picture").order_by("-date", "pk")[:6]
        context["events"] = EventPage.objects.descendant_of(self).live().order_by("starts", "pk")[:6]
        return context


class SectionPage(RoutablePageMixin, Page):
    """A list of articles, whole or by topic or year."""

    introduction = RichTextField(blank=True)

    content_panels: ClassVar = [*Page.content_panels, FieldPanel("introduction")]

    def articles(self) -> models.QuerySet:
        """Published articles of the section, newest first."""
        found = ArticlePage.objects.child_of(self).live().select_related("author", "picture")
        return found.prefetch_related("topics").order_by("-date", "pk")

    @path("")
    def all_articles(self, request: HttpRequest) -> TemplateResponse:
        """Every article."""
        return self._listing(request, self.articles(), "")

    @path("topic/<int:pk>/")
    def by_topic(self, request: HttpRequest, pk: int) -> TemplateResponse:
        """Articles about one topic."""
        return self._listing(request, self.articles().filter(topics=pk), f"topic {pk}")

    @path("year/<int:year>/")
    def by_year(self, request: HttpRequest, year: int) -> TemplateResponse:
        """Articles of one year."""
        return self._listing(request, self.articles().filter(date__year=year), f"year {year}")

    def _listing(self, request: HttpRequest, articles: models.QuerySet, selection: str) -> TemplateResponse:
        from django.core.paginator import Paginator

        page = Paginator(articles, PER_PAGE).get_page(request.GET.get("page"))
        context = {"articles": page, "selection": selection, "topics": Topic.objects.filter(locale=self.locale)}
        return self.render(request, context_overrides=context)


class ArticleTag(TaggedItemBase):
    """A tag on an article."""

    content_object = ParentalKey("ArticlePage", related_name="tagged_items")


class ArticlePage(Page):
    """One article."""

    date = models.DateField()
    summary = models.TextField(blank=True)
    author = models.ForeignKey(Author, null=True, on_delete=models.SET_NULL, related_name="articles")
    picture = models.ForeignKey("wagtailimages.Image", null=True, on_delete=models.SET_NULL, related_name="+")
    topics = models.ManyToManyField(Topic, blank=True)
    body = StreamField(BodyBlock())
    tags = ClusterTaggableManager(through=ArticleTag, blank=True)

    content_panels: ClassVar = [
        *Page.content_panels,
        FieldRowPanel([FieldPanel("date"), FieldPanel("author")]),
        FieldPanel("summary"),
        FieldPanel("picture"),
        FieldPanel("body"),
        InlinePanel("links", label="links"),
    ]
    promote_panels: ClassVar = [*Page.promote_panels, MultiFieldPanel([FieldPanel("tags")], "Tags")]
    search_fields: ClassVar = [
        *Page.search_fields,
        index.SearchField("summary"),
        index.SearchField("body"),
        index.FilterField("date"),
        index.RelatedFields("author", [index.SearchField("name")]),
    ]
    api_fields: ClassVar = [APIField("date"), APIField("summary"), APIField("author"), APIField("body")]
    parent_page_types: ClassVar = ["content.SectionPage"]


class ArticleLink(Orderable):
    """A link below an article."""

    article = ParentalKey(ArticlePage, on_delete=models.CASCADE, related_name="links")
    title = models.CharField(max_length=120)
    url = models.URLField()

    panels: ClassVar = [FieldPanel("title"), FieldPanel("url")]


class EventPage(Page):
    """Something that takes place."""

    starts = models.DateTimeField()
    place = models.CharField(max_length=120)
    body = StreamField(BodyBlock(), blank=True)

    content_panels: ClassVar = [*Page.content_panels, FieldPanel("starts"), FieldPanel("place"), FieldPanel("body")]
    search_fields: ClassVar = [*Page.search_fields, index.SearchField("place"), index.SearchField("body")]


class ContactField(AbstractFormField):
    """A field that editors add to a form."""

    page = ParentalKey("ContactPage", on_delete=models.CASCADE, related_name="form_fields")


class ContactPage(AbstractForm):
    """A form that editors put together."""

    introduction = RichTextField(blank=True)

    content_panels: ClassVar = [
        FormSubmissionsPanel(),
        *AbstractForm.content_panels,
        FieldPanel("introduction"),
        InlinePanel("form_fields", label="fields"),
    ]
