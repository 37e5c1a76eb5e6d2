package app.molos.edge.ratelimit;

/**
 * A limit that a request counts against, and whose.
 *
 * @param name of the address, person or other that it belongs to
 */
record Claim(Rate rate, String name) {}
