import { defineConfig } from 'vitest/config';
import { defaultServerConditions } from 'vite';

const conditions = ['@gamekeeper/source', ...defaultServerConditions];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ['@gamekeeper/source'] } },
  test: {
    include: ['{packages,examples}/*/{src,test}/**/*.test.ts', 'test/**/*.test.ts'],
    globalSetup: 'test/servers.ts',
    // Most of them wait for servers and processes: a core that is left free would only make all of them take longer.
    maxWorkers: '100%',
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
