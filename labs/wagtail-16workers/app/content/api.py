"""The two APIs: Wagtail's own for pages, and a REST view of snippets."""

from rest_framework import serializers, viewsets
from rest_framework.routers import DefaultRouter
from wagtail.api.v2.router import WagtailAPIRouter
from wagtail.api.v2.views import PagesAPIViewSet
from wagtail.documents.api.v2.views import DocumentsAPIViewSet
from wagtail.images.api.v2.views import ImagesAPIViewSet

from content.models import Author, Topic

pages_api = WagtailAPIRouter("wagtailapi")
pages_api.register_endpoint("pages", PagesAPIViewSet)
pages_api.register_endpoint("images", ImagesAPIViewSet)
pages_api.register_endpoint("documents", DocumentsAPIViewSet)


class AuthorSerializer(serializers.ModelSerializer):
    """An author with the articles' addresses."""

    articles = serializers.SlugRelatedField(many=True, read_only=True, slug_field="slug")

    class Meta:
        model = Author
        fields = ("id", "name", "about", "articles")


class TopicSerializer(serializers.ModelSerializer):
    """A topic."""

    class Meta:
        model = Topic
        fields = ("id", "title")


class AuthorViewSet(viewsets.ReadOnlyModelViewSet):
    """Authors."""

    queryset = Author.objects.prefetch_related("articles")
    serializer_class = AuthorSerializer


class TopicViewSet(viewsets.ReadOnlyModelViewSet):
    """Topics."""

    queryset = Topic.objects.all()
    serializer_class = TopicSerializer


router = DefaultRouter()
router.register("authors", AuthorViewSet)
router.register("topics", TopicViewSet)
