/**
 * What the SDK throws and rejects with. `code` is stable, `message` is for a person; `status` and `meta` are
 * there when Portico answered.
 */
export class PorticoError extends Error {
  override name = 'PorticoError';

  constructor(
    readonly code: string,
    message: string,
    readonly status?: number,
    readonly meta?: unknown,
  ) {
    super(message);
  }
}
