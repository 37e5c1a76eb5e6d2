/**
 * The work of the subcommands: with the database at hand ({@code OfflineServices}), or by asking the edge that runs
 * ({@code RunningEdge}). Each returns its exit code and has already said why.
 *
 * Called by `cli`; calls `boot` and what it wires.
 */
@NullMarked
package app.molos.edge.commands;

import org.jspecify.annotations.NullMarked;
