/** Shared by the load generator and what it loads. */
export const SECRET = 'bench-secret';
