"""The page tree."""

from datetime import date, timedelta
from io import BytesIO
from typing import Any

from content.models import (
    ArticleLink,
    ArticlePage,
    Author,
    ContactField,
    ContactPage,
    EventPage,
    HomePage,
    Organisation,
    SectionPage,
    Topic,
)
from django.core.files.base import ContentFile
from PIL import Image as Picture
from wagtail.contrib.redirects.models import Redirect
from wagtail.contrib.search_promotions.models import Query, SearchPromotion
from wagtail.documents.models import Document
from wagtail.images.models import Image
from wagtail.models import Locale, Page, Site

from preparation import fixed
from preparation.words import FIRST, LAST, PLACES, TAGS, Words

SECTIONS = ["News", "Guides", "Plants", "Letters"]
ARTICLES_PER_SECTION = 100
EVENTS = 60
PICTURES = 12
TOPICS = ["Beginners", "Climate", "Design", "Fruit", "History", "Vegetables", "Wildlife"]
#: Articles that an editor has changed, so that they have revisions.
REVISED = 10


def add(editor: Any) -> None:
    """Everything that the site shows."""
    words = Words(fixed.SEED)
    english = Locale.objects.get(language_code="en")
    german = Locale.objects.create(language_code="de")
    pictures = [_picture(number) for number in range(PICTURES)]
    Document.objects.create(title="Sowing calendar", file=ContentFile(b"March: sow.\n", "sowing.txt"))
    topics = [Topic.objects.create(title=title, locale=english) for title in TOPICS]
    authors = [
        Author.objects.create(name=f"{a} {b}", about=f"<p>{words.sentences(3)}</p>") for a in FIRST for b in LAST[:2]
    ]
    home = _home(words, english, pictures)
    for title in SECTIONS:
        section = home.add_child(instance=SectionPage(title=title, introduction=_rich(words), show_in_menus=True))
        _articles(words, section, pictures, authors, topics)
    _events(words, home)
    _contact(home)
    for page in [home, *SectionPage.objects.child_of(home).order_by("path")]:
        page.specific.copy_for_translation(german).save_revision().publish()
    for article in ArticlePage.objects.order_by("path")[:REVISED]:
        article.title += ", again"
        article.save_revision(user=editor, log_action=True).publish()
    _around(home)


def _picture(number: int) -> Image:
    picture = Picture.linear_gradient("L").resize((1200, 800)).rotate(30 * number)
    colours = Picture.merge("RGB", (picture, picture.rotate(90), picture.transpose(Picture.Transpose.FLIP_LEFT_RIGHT)))
    data = BytesIO()
    colours.save(data, "JPEG")
    return Image.objects.create(title=f"Picture {number}", file=ContentFile(data.getvalue(), f"picture-{number}.jpg"))


def _rich(words: Words) -> str:
    return f"<p>{words.sentences(2)} <b>{words.title()}</b>. <i>{words.title()}</i>.</p>"


def _body(words: Words, pictures: list[Image]) -> list[tuple[str, Any]]:
    table = [["Month", "Task"], *([month, words.title()] for month in ("March", "June", "October"))]
    return [
        ("heading", words.title()),
        ("paragraph", f"<p>{words.sentences(6)}</p><ul><li>{words.title()}</li><li>{words.title()}</li></ul>"),
        ("figure", {"image": pictures[words.below(PICTURES)], "caption": words.title()}),
        ("quote", {"text": words.sentences(1), "source": f"{words.pick(FIRST)} {words.pick(LAST)}"}),
        ("paragraph", f"<p>{words.sentences(8)}</p>"),
        ("facts", {"title": "In short", "facts": [{"name": words.title(), "value": words.title()} for _ in range(4)]}),
        ("table", {"data": table, "first_row_is_table_header": True, "first_col_is_header": False}),
    ]


def _home(words: Words, english: Locale, pictures: list[Image]) -> HomePage:
    root = Page.objects.get(depth=1)
    Site.objects.all().delete()
    root.get_children().delete()
    home = HomePage(title="The Quiet Gardener", slug="home", locale=english, introduction=_rich(words))
    home.body = _body(words, pictures)
    Page.objects.get(depth=1).add_child(instance=home)
    site = Site.objects.create(
        hostname="localhost", port=80, root_page=home, is_default_site=True, site_name=home.title
    )
    Organisation.objects.create(site=site, address="Orchard House 1", motto="Sit down first")
    return home


def _articles(words: Words, section: Page, pictures: list[Image], authors: list[Author], topics: list[Topic]) -> None:
    for number in range(ARTICLES_PER_SECTION):
        article = ArticlePage(
            title=words.title(),
            slug=f"article-{number}",
            date=date(2016, 1, 1) + timedelta(days=words.below(3000)),
            summary=words.sentences(2),
            author=authors[words.below(len(authors))],
            picture=pictures[words.below(PICTURES)],
            body=_body(words, pictures),
            search_description=words.title(),
        )
        article.links = [ArticleLink(title=words.title(), url=f"http://localhost/{n}/") for n in range(3)]
        section.add_child(instance=article)
        article.tags.add(*sorted({words.pick(TAGS) for _ in range(3)}))
        article.topics.add(topics[words.below(len(topics))])
        article.save()


def _events(words: Words, home: Page) -> None:
    events = home.add_child(instance=SectionPage(title="Events", introduction=_rich(words), show_in_menus=True))
    for number in range(EVENTS):
        starts = fixed.EPOCH + timedelta(days=number)
        events.add_child(
            instance=EventPage(title=words.title(), slug=f"event-{number}", starts=starts, place=words.pick(PLACES))
        )


def _contact(home: Page) -> None:
    contact = ContactPage(title="Contact", show_in_menus=True, introduction="<p>Write to us.</p>")
    kinds = {"Name": "singleline", "Address": "email", "Message": "multiline", "When": "date"}
    contact.form_fields = [
        ContactField(label=label, field_type=kind, required=True, sort_order=order)
        for order, (label, kind) in enumerate(kinds.items())
    ]
    home.add_child(instance=contact)


def _around(home: Page) -> None:
    """What editors keep beside the tree."""
    first = ArticlePage.objects.order_by("path").first()
    query = Query.get("quiet gardens")
    SearchPromotion.objects.create(query=query, page=first, sort_order=0, description="Start here")
    Redirect.objects.create(old_path="/old-news", redirect_page=home.get_children().first())
