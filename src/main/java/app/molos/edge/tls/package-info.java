/**
 * Certificates of the public listener: read whole and checked ({@link Certificates}), chosen by the name that a client
 * asks for ({@link SniKeyManager}), and read again when their files change ({@link CertificateWatch}). Called by `http`
 * and `boot`; calls `config` only.
 */
@NullMarked
package app.molos.edge.tls;

import org.jspecify.annotations.NullMarked;
