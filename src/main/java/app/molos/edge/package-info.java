/** The program: {@code Main} and, below it, the rooms of docs/architecture.md. */
@NullMarked
package app.molos.edge;

import org.jspecify.annotations.NullMarked;
