"""The catalogs that tables can be published to, so that they answer SQL."""
