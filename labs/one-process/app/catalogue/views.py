"""The pages. Each answers with the same bytes every time, but for the CSRF token of the form."""

from typing import Any

from django.db.models import Avg, Count, QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse_lazy
from django.views.generic import CreateView, DetailView, ListView

from catalogue.forms import RequestForm
from catalogue.models import Book, Request, Subject

SEARCH_LIMIT = 50
NEWEST = 20


class BookList(ListView):
    """`/html/`: all books, a page at a time."""

    template_name = "catalogue/list.html"
    paginate_by = 25
    queryset = Book.objects.select_related("author", "subject")


class BookDetail(DetailView):
    """`/detail/<id>/`: one book, and others by its author. The warm-up does not ask for it."""

    template_name = "catalogue/detail.html"
    queryset = Book.objects.select_related("author", "subject")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add up to five other books of the author."""
        others: QuerySet[Book] = self.object.author.books.exclude(pk=self.object.pk)[:5]
        return super().get_context_data(others=others, **kwargs)


class RequestBook(CreateView):
    """`/form/`: GET shows the form, POST stores the request and redirects."""

    template_name = "catalogue/form.html"
    model = Request
    form_class = RequestForm
    success_url = reverse_lazy("thanks")


def thanks(request: HttpRequest) -> HttpResponse:
    """`/form/thanks/`: where the form leads."""
    return render(request, "catalogue/thanks.html")


def search(request: HttpRequest) -> HttpResponse:
    """`/search/?q=`: books whose title has the words. The warm-up does not ask for it."""
    query = request.GET.get("q", "").strip()
    books = Book.objects.select_related("author", "subject")
    found = books.filter(title__icontains=query)[:SEARCH_LIMIT] if query else books.none()
    return render(request, "catalogue/search.html", {"query": query, "books": found, "limit": SEARCH_LIMIT})


def overview(request: HttpRequest) -> JsonResponse:
    """`/json/`: the shelves with their figures, and the books added last."""
    shelves = Subject.objects.annotate(books_count=Count("books"), pages=Avg("books__pages"))
    newest = Book.objects.select_related("author").order_by("-added", "pk")[:NEWEST]
    return JsonResponse(
        {
            "subjects": [
                {"title": shelf.title, "books": shelf.books_count, "pages": round(shelf.pages or 0, 1)}
                for shelf in shelves
            ],
            "newest": [
                {
                    "id": book.pk,
                    "title": book.title,
                    "author": book.author.name,
                    "price": book.price,
                    "added": book.added,
                }
                for book in newest
            ],
        }
    )
