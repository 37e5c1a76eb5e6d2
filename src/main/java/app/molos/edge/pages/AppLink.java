package app.molos.edge.pages;

import app.molos.edge.web.Access;

/** A module, as the front page leads to it. */
public record AppLink(String name, String path, Access access) {}
