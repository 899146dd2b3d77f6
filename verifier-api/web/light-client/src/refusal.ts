/** What was given does not hold; `code` says why (FORMATS §11, §13 to §16). Any other error is a fault of this code. */
export class Refusal<Code extends string = string> extends Error {
  override readonly name = 'Refusal';

  constructor(readonly code: Code) {
    super(code);
  }
}

export function refuse(code: string): never {
  throw new Refusal(code);
}

/** Runs `read`; whatever it refuses is refused with `code`. */
export function refuseAs<T>(code: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof Refusal) throw new Refusal(code);
    throw error;
  }
}
