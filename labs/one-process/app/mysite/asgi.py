"""What uvicorn serves: `mysite.asgi:application`, the same site. Django runs its synchronous views in threads."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")

application = get_asgi_application()
