/**
 * The command line: one small class a subcommand, each ending in one call to `commands`.
 */
@NullMarked
package app.molos.edge.cli;

import org.jspecify.annotations.NullMarked;
