"""Cannot be imported."""

raise ValueError("this application\nis broken")
