"""What every search engine must do. One test, one promise; each runs against every engine in tests/search/conftest.py."""
