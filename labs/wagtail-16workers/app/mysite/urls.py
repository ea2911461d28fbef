"""All URLs: the public pages, their API, and two admins."""

from content import views
from content.api import pages_api, router
from content.feeds import LatestArticles
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.contrib.staticfiles.views import serve
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.contrib.sitemaps.views import sitemap
from wagtail.documents import urls as wagtaildocs_urls

urlpatterns = [
    path("django-admin/", admin.site.urls),
    path("admin/", include(wagtailadmin_urls)),
    path("documents/", include(wagtaildocs_urls)),
    path("api/v2/", pages_api.urls),
    path("api/rest/", include(router.urls)),
    path("api/schema/", SpectacularAPIView.as_view(patterns=[path("api/rest/", include(router.urls))])),
    path("feed/", LatestArticles()),
    path("search/", views.search, name="search"),
    path("statistics/", views.statistics, name="statistics"),
    path("sitemap.xml", sitemap),
    # Style sheets, for people who look at the lab in a browser; never done like this elsewhere.
    path("static/<path:path>", serve, {"insecure": True}),
    *i18n_patterns(path("", include(wagtail_urls)), prefix_default_language=False),
]
