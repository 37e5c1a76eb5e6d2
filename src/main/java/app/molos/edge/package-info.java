/** The program: {@code Main} and, below it, the floors that README's plan names. */
@NullMarked
package app.molos.edge;

import org.jspecify.annotations.NullMarked;
