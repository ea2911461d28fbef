"""The pages. Each answers with the same bytes every time."""

from django.db.models import Count
from django.http import HttpRequest, JsonResponse  # noqa: F401 - types in comments name it
from django.views.generic import DetailView, ListView

from blog.models import Post

NEWEST = 20


class PostList(ListView):
    """`/html/`: all posts, a page at a time."""

    template_name = "blog/list.html"
    paginate_by = 10
    queryset = Post.objects.annotate(answers=Count("comments"))


class PostDetail(DetailView):
    """`/post/<id>/`: one post with its comments."""

    template_name = "blog/detail.html"
    model = Post


def overview(request):
    # type: (HttpRequest) -> JsonResponse
    """`/json/`: the newest posts."""
    posts = Post.objects.annotate(answers=Count("comments"))[:NEWEST]
    rows = [
        {"id": post.pk, "title": post.title, "published": post.published, "comments": post.answers} for post in posts
    ]
    return JsonResponse({"posts": rows})
