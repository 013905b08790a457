import type { SqlExecutor } from './sql-executor.ts';

/** An interactive transaction of Prisma: what `prisma.$transaction(async (tx) => …)` passes to its callback. */
export interface PrismaTransactionLike {
  $queryRawUnsafe<Rows = unknown>(text: string, ...values: unknown[]): PromiseLike<Rows>;
  $executeRawUnsafe(text: string, ...values: unknown[]): PromiseLike<number>;
}

/** Returns an executor on an interactive transaction of Prisma. */
export function prismaExecutor(tx: PrismaTransactionLike): SqlExecutor {
  return {
    execute: async (text, parameters) => {
      try {
        if (!returnsRows(text))
          return { rows: [], affected: await tx.$executeRawUnsafe(text, ...parameters) };
        const rows = await tx.$queryRawUnsafe<object[]>(text, ...parameters);
        return { rows, affected: rows.length };
      } catch (error) {
        throw databaseError(error);
      }
    },
    isOpen: () => null,
  };
}

/** Prisma tells how many rows were written, or returns rows, but never both. A text may begin with its name. */
function returnsRows(text: string): boolean {
  return /^\s*(?:\/\*[^*]*\*\/\s*)?(?:select|with)\b/i.test(text) || /\breturning\b/i.test(text);
}

/** Returns the database's own error, which Prisma describes in its `meta`, so that its SQLSTATE is found. */
function databaseError(error: unknown): unknown {
  const { meta } = error as {
    readonly meta?: { readonly driverAdapterError?: { readonly cause?: unknown } };
  };
  const { originalCode: code, originalMessage: message } = (meta?.driverAdapterError?.cause ?? {}) as {
    readonly originalCode?: string;
    readonly originalMessage?: string;
  };
  if (code === undefined) return error;
  return Object.assign(new Error(message ?? String(error), { cause: error }), { code });
}
