import type { PrismaPg } from '@prisma/adapter-pg';
import { createRequire } from 'node:module';
import { getPrismaClient, type GetPrismaClientConfig } from '@prisma/client/runtime/client';
import type { PrismaTransactionLike } from '../../src/host-transactions/prisma-transaction.ts';

/** The used part of a Prisma client. */
export interface PrismaClient {
  $disconnect(): Promise<void>;
  $transaction<Result>(
    work: (tx: PrismaTransactionLike) => Promise<Result>,
    options: { readonly isolationLevel: string; readonly timeout: number; readonly maxWait: number },
  ): Promise<Result>;
}

/** Node's types have it only together with those of browsers. */
declare const WebAssembly: { readonly Module: new (bytes: Uint8Array) => object };

type CompilerRuntime = Awaited<ReturnType<NonNullable<GetPrismaClientConfig['compilerWasm']>['getRuntime']>>;

// Without types of their own.
const require = createRequire(import.meta.url);
const COMPILER = '@prisma/client/runtime/query_compiler_fast_bg.postgresql';

/** What Prisma's generator writes for a schema without models: raw SQL needs none, and the generator needs a download. */
const config: GetPrismaClientConfig = {
  previewFeatures: [],
  clientVersion: '7.10.0',
  engineVersion: '',
  activeProvider: 'postgresql',
  inlineSchema: 'datasource db {\n  provider = "postgresql"\n}\n',
  runtimeDataModel: { models: {}, enums: {}, types: {} },
  parameterizationSchema: { strings: [], graph: 'AAAA' },
  compilerWasm: {
    getRuntime: async () => require(`${COMPILER}.js`) as CompilerRuntime,
    getQueryCompilerWasmModule: async () => {
      const { wasm } = require(`${COMPILER}.wasm-base64.js`) as { readonly wasm: string };
      return new WebAssembly.Module(Buffer.from(wasm, 'base64'));
    },
    importName: './query_compiler_fast_bg.js',
  },
};

/** Returns a client of the real Prisma. */
export function createPrisma(adapter: PrismaPg): PrismaClient {
  const Client = getPrismaClient(config) as unknown as new (options: {
    readonly adapter: PrismaPg;
  }) => PrismaClient;
  return new Client({ adapter });
}
