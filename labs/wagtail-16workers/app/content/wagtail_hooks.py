"""What the site adds to Wagtail's admin."""

from wagtail import hooks
from wagtail.admin.viewsets.pages import PageListingViewSet

from content.models import ArticlePage


class ArticleListing(PageListingViewSet):
    """A list of all articles, in the menu."""

    icon = "doc-full"
    menu_label = "Articles"
    add_to_admin_menu = True
    model = ArticlePage


@hooks.register("register_admin_viewset")
def article_listing() -> ArticleListing:
    """The list of articles."""
    return ArticleListing("articles")
