"""The signed-in editor. The site imports this for the session's key alone."""

# For labs only, like the site's key.
USER, PASSWORD, SALT = "editor", "majek-lab", "labsonlysaltlabsonlysa"
SESSION = "labsonlysessionlabsonlysession00"
EXPIRES = 2099
