/**
 * Where settings come from and how a refusal is worded: keys, the reader that knows each value's file line or
 * variable, the list of problems, secrets, exit codes.
 *
 * Called by every feature's `XConfig.read`. Knows no feature and calls no other package.
 */
@NullMarked
package app.molos.edge.config;

import org.jspecify.annotations.NullMarked;
