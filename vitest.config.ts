import { defineConfig } from 'vitest/config';
import { defaultServerConditions } from 'vite';

const conditions = ['@gamekeeper/source', ...defaultServerConditions];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ['@gamekeeper/source'] } },
  test: {
    include: ['{packages,examples}/*/{src,test}/**/*.test.ts', 'test/**/*.test.ts'],
    globalSetup: 'test/servers.ts',
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
