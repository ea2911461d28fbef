"""All URLs. Pages of the catalogue exist once per language: `/html/`, `/de/html/`, `/pl/html/`."""

from catalogue import views
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.contrib.staticfiles.views import serve
from django.urls import path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("json/", views.overview, name="overview"),
    # The admin's style sheets, for people who look at the lab in a browser; never done like this elsewhere.
    path("static/<path:path>", serve, {"insecure": True}),
    *i18n_patterns(
        path("html/", views.BookList.as_view(), name="books"),
        path("detail/<int:pk>/", views.BookDetail.as_view(), name="book"),
        path("search/", views.search, name="search"),
        path("form/", views.RequestBook.as_view(), name="form"),
        path("form/thanks/", views.thanks, name="thanks"),
        prefix_default_language=False,
    ),
]
