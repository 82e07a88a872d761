"""Pages as readers have them, in Chromium; a package, so that the browser ends with its tests."""
