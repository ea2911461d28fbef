"""What happens once, when the image is built. The site never imports it."""
