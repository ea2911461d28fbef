"""Views that are no pages of the tree."""

import pandas as pd
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from wagtail.contrib.search_promotions.models import Query
from wagtail.models import Page

from content.models import PER_PAGE, ArticlePage


def search(request: HttpRequest) -> HttpResponse:
    """Full text search with the picks that editors promote."""
    words = request.GET.get("query", "")
    results = Page.objects.live().search(words) if words else Page.objects.none()
    picks = Query.get(words).editors_picks.select_related("page") if words else []
    page = Paginator(results, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "search/search.html", {"words": words, "results": page, "picks": picks})


def statistics(request: HttpRequest) -> HttpResponse:
    """Articles by year and author, as a table for readers who like numbers."""
    rows = ArticlePage.objects.live().values_list("date", "author__name", "tags__name").order_by("pk")
    frame = pd.DataFrame(rows, columns=["date", "author", "tag"])
    frame["year"] = pd.to_datetime(frame["date"]).dt.year
    by_year = frame.pivot_table(index="author", columns="year", values="date", aggfunc="count", fill_value=0)
    described = by_year.sum().describe().round(2)
    return render(
        request,
        "content/statistics.html",
        {"by_year": by_year.to_html(border=0), "described": described.to_frame("articles").to_html(border=0)},
    )
