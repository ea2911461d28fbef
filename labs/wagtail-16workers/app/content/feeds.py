"""The RSS feed."""

from datetime import UTC, datetime, time

from django.contrib.syndication.views import Feed
from django.db.models import QuerySet

from content.models import ArticlePage


class LatestArticles(Feed):
    """The newest articles."""

    title = "The Quiet Gardener"
    link = "/"
    description = "What is new"

    def items(self) -> QuerySet[ArticlePage]:
        """The newest twenty."""
        return ArticlePage.objects.live().order_by("-date", "pk")[:20]

    def item_description(self, item: ArticlePage) -> str:
        """Its summary."""
        return item.summary

    def item_link(self, item: ArticlePage) -> str:
        """Its address."""
        return item.url

    def item_pubdate(self, item: ArticlePage) -> datetime:
        """Its day."""
        return datetime.combine(item.date, time(12), UTC)
