"""All URLs."""

from blog import views
from django.conf.urls import url
from django.contrib import admin

urlpatterns = [
    url(r"^admin/", admin.site.urls),
    url(r"^html/$", views.PostList.as_view(), name="posts"),
    url(r"^post/(?P<pk>\d+)/$", views.PostDetail.as_view(), name="post"),
    url(r"^json/$", views.overview, name="overview"),
]
